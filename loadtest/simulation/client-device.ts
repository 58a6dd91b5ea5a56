// The clients of one edge, simulated: open calls when the plan says so, read, stall, hang up, and write down
// everything they see.

import type { Address } from "#shared/actor/actor.ts";
import { clientAddress, meterAddress, sessionAddress } from "#shared/messages/addresses.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { ClientHistory } from "./client-history.ts";
import { isOver, startHistory } from "./client-history.ts";
import type { PlannedRequest } from "./workload.ts";

/** A session settles within 12 s; its meter hands over within its longest pause between two tries. */
const billedWithinMs = 25_000;
/** An edge gives no more than this after its client has gone. */
const afterGoneMs = 1;

export class ClientDevice {
  readonly #host: SimulatedHost;
  readonly #clock: SimulatedClock;
  readonly #histories: Map<string, ClientHistory>;
  readonly #open = new Set<ClientHistory>();

  /** `histories` outlives the edge: every client of the seed, by request. */
  constructor(host: SimulatedHost, clock: SimulatedClock, histories: Map<string, ClientHistory>) {
    this.#host = host;
    this.#clock = clock;
    this.#histories = histories;
    host.attach("client", (to, _from, message) => this.#hear(to, message as ToClient));
  }

  open(request: PlannedRequest): void {
    const history = startHistory(request, this.#clock.nowMs);
    this.#histories.set(request.requestId, history);
    this.#open.add(history);
    this.#tell(history, openOf(request, this.#host.process));
    if (request.hangUp?.kind === "after-ms") {
      this.#clock.schedule(this.#clock.nowMs + request.hangUp.ms, () =>
        // The edge notices when it is awake.
        this.#host.whenAwake(() => this.#hangUp(history)),
      );
    }
  }

  /** The edge died: every open socket breaks, and what its meter had not handed over is lost. */
  breakAll(): void {
    for (const history of this.#open) history.isBroken = true;
    this.#open.clear();
    for (const history of this.#histories.values()) {
      if (history.request.edge !== this.#host.process) continue;
      const endedAtMs = history.hungUpAtMs ?? history.endedAtMs;
      history.isBillLost ||= history.isBroken || this.#clock.nowMs - endedAtMs < billedWithinMs;
    }
  }

  #hear(to: Address, message: ToClient): void {
    const history = this.#histories.get(to.slice(to.lastIndexOf("/") + 1));
    if (history === undefined) return;
    this.#judge(history, message);
    switch (message.kind) {
      case "admitted":
        history.admissions++;
        return;
      case "output":
        history.outputs++;
        history.text += message.text;
        history.outputTokens = message.outputTokens;
        this.#react(history);
        return;
      case "completed":
      case "failed":
        history.end ??= message;
        history.endedAtMs = this.#clock.nowMs;
        this.#open.delete(history);
        return;
      default:
        message satisfies never;
    }
  }

  #judge(history: ClientHistory, message: ToClient): void {
    const { end, hungUpAtMs, surprises } = history;
    if (end !== undefined) surprises.push(`${message.kind} after ${end.kind}`);
    if (hungUpAtMs !== undefined && this.#clock.nowMs > hungUpAtMs + afterGoneMs) {
      surprises.push(`${message.kind} after it hung up`);
    }
    if (message.kind === "output" && message.text === "") surprises.push("an empty output");
    if (message.kind === "output" && message.outputTokens < history.outputTokens) {
      surprises.push("fewer output tokens than before");
    }
  }

  #react(history: ClientHistory): void {
    const { hangUp, slowReading } = history.request;
    if (hangUp?.kind === "after-outputs" && history.outputs === hangUp.outputs) {
      this.#hangUp(history);
    }
    if (slowReading === undefined || history.outputs !== slowReading.afterOutputs) return;
    this.#tell(history, { kind: "client-paused" });
    this.#clock.schedule(this.#clock.nowMs + slowReading.forMs, () => {
      if (!isOver(history)) this.#tell(history, { kind: "client-ready" });
    });
  }

  #hangUp(history: ClientHistory): void {
    if (isOver(history)) return;
    history.hungUpAtMs = this.#clock.nowMs;
    this.#open.delete(history);
    this.#tell(history, { kind: "client-gone" });
  }

  #tell({ request: { edge, requestId } }: ClientHistory, message: ToSession): void {
    this.#host.send(clientAddress(edge, requestId), sessionAddress(edge, requestId), message);
  }
}

function openOf(request: PlannedRequest, process: string): ToSession {
  const { requestId, edge, tenant, shard, pool, model, adapterDigest, namespace } = request;
  const { promptBytes, promptDigest, promptTokens, outputTokensMax, ignoreEos } = request;
  return {
    kind: "open",
    requestId,
    edge,
    meter: meterAddress(process),
    tenant,
    shard,
    pool,
    model,
    modelVersion: `${model}-1`,
    adapterDigest,
    namespace,
    promptBytes,
    promptDigest,
    promptTokens,
    outputTokensMax,
    outputTokensMin: 0,
    ignoreEos,
    stopStrings: request.stopStrings,
    sampling: {},
    timeoutMs: request.timeoutMs,
    arrivedAtEpochMs: 1_760_000_000_000 + Math.floor(request.atMs),
  };
}
