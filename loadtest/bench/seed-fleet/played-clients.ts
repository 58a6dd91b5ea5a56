// The clients of one edge and its ledger, played: each opens its request when it is due, counts what it is told, and
// keeps the text of some. Nobody hangs up: what is measured is a fleet in health.

import type { Address } from "#shared/actor/actor.ts";
import { clientAddress, meterAddress, sessionAddress } from "#shared/messages/addresses.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ToLedger } from "#shared/messages/to-ledger.ts";
import type { ToMeter } from "#shared/messages/to-meter.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { EdgeId, RequestId } from "#shared/model/ids.ts";
import { shardOf } from "#shared/model/shard.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import { shardCount } from "./shard-count.ts";
import type { FleetRequest } from "./requests.ts";

/** What one client saw. */
export interface ClientStory {
  readonly request: FleetRequest;
  outputTokens: number;
  /** Of those whose text is kept. */
  text: string | undefined;
  ends: number;
  /** Refusals' codes, and what should not have been said. */
  readonly complaints: string[];
  /** By the ledger's last final record. */
  billedTokens: number | undefined;
}

/** Of each so many requests one keeps its text, to be compared with the oracle's. */
const textEvery = 16;
const ledgerMs = 5;
const timeoutMs = 120_000;
const epochMs = 1_760_000_000_000;

export class PlayedClients {
  readonly stories: Map<string, ClientStory> = new Map();
  /** Requests that have ended, and tokens that clients have. */
  ended = 0;
  tokens = 0;

  attach(host: SimulatedHost, clock: SimulatedClock): void {
    host.attach("client", (to, _from, message) => this.#hear(to, message as ToClient));
    host.attach("ledger", (to, from, message) => {
      const asked = message as ToLedger;
      if (asked.kind !== "record-usage") return;
      const { batch, records } = asked;
      clock.schedule(clock.nowMs + ledgerMs, () => {
        for (const { record, isFinal } of records) {
          const story = this.stories.get(record.requestId);
          if (isFinal && story !== undefined) story.billedTokens = record.outputTokens;
        }
        host.send(to, from, { kind: "recorded", batch } satisfies ToMeter);
      });
    });
  }

  open(request: FleetRequest, host: SimulatedHost): void {
    const text = this.stories.size % textEvery === 0 ? "" : undefined;
    this.stories.set(request.requestId, {
      request,
      outputTokens: 0,
      text,
      ends: 0,
      complaints: [],
      billedTokens: undefined,
    });
    const { edge, requestId } = request;
    const session = sessionAddress(edge, requestId);
    host.send(clientAddress(edge, requestId), session, openOf(request, edge, requestId));
  }

  #hear(to: Address, message: ToClient): void {
    const story = this.stories.get(to.slice(to.lastIndexOf("/") + 1));
    if (story === undefined) return;
    switch (message.kind) {
      case "output":
        this.tokens += message.outputTokens - story.outputTokens;
        story.outputTokens = message.outputTokens;
        if (story.text !== undefined) story.text += message.text;
        if (story.ends > 0) story.complaints.push("output after the end");
        return;
      case "completed":
        this.ended++;
        story.ends++;
        return;
      case "failed":
        this.ended++;
        story.ends++;
        story.complaints.push(message.refusal.code);
        return;
      case "admitted":
      case "resumed":
        return;
      default:
        message satisfies never;
    }
  }
}

function openOf(request: FleetRequest, edge: EdgeId, requestId: RequestId): ToSession {
  const { tenant, pool, namespace, promptBytes, promptDigest, promptTokens, outputTokens } =
    request;
  return {
    kind: "open",
    requestId,
    edge,
    meter: meterAddress(edge),
    tenant: tenant.policy.tenant,
    shard: shardOf(tenant.policy.tenant, shardCount),
    pool,
    model: "llama",
    modelVersion: "llama-1",
    adapterDigest: tenant.adapterDigest,
    namespace,
    promptBytes,
    promptDigest,
    promptTokens,
    outputTokensMax: outputTokens,
    outputTokensMin: 1,
    ignoreEos: true,
    stopStrings: [],
    sampling: {},
    timeoutMs,
    arrivedAtEpochMs: epochMs + Math.floor(request.atMs),
  };
}
