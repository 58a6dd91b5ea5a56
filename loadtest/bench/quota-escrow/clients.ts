// So many clients at each edge, each at its own pace with one request after the other, until they are told to stop.

import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Receipt } from "#loadtest/bench/billing-accuracy/client.ts";
import { askAs } from "#loadtest/bench/billing-accuracy/client.ts";
import type { AskKind, PlannedAsk } from "#loadtest/bench/billing-accuracy/plan.ts";
import { quotaTenant } from "./quota-fleet.ts";

export const outputTokensAsked = 150;
/** In the simulated models' tokenizer a token is four bytes. */
const promptBytes = 48;
export const promptTokens: number = promptBytes / 4;
const cutAfter = 40;

export interface ClientsPlan {
  readonly edges: readonly string[];
  readonly clientsPerEdge: number;
  /** Between the beginnings of two requests of one client, at least. */
  readonly paceMs: number;
}

export interface Clients {
  readonly receipts: readonly Receipt[];
  /** For how long nobody has been given anything, while somebody asked. */
  quietMs(): number;
  /** Resolves when what is open has ended. */
  stop(): Promise<void>;
}

export function startClients({ edges, clientsPerEdge, paceMs }: ClientsPlan): Clients {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  const receipts: Receipt[] = [];
  let serial = 0;
  const stopping = new AbortController();
  let givenAtMs = performance.now();
  const client = async (edge: string, index: number): Promise<void> => {
    await sleep((paceMs * index) / clientsPerEdge);
    while (!stopping.signal.aborted) {
      const beganMs = performance.now();
      const receipt = await askAs(nextAsk(serial++), { agent, edges: [edge] }, 0);
      receipts.push(receipt);
      if (receipt.received > 0) givenAtMs = performance.now();
      await sleep(Math.max(50, beganMs + paceMs - performance.now()));
    }
  };
  const all = Promise.all(
    edges.flatMap((edge) => Array.from({ length: clientsPerEdge }, (_, at) => client(edge, at))),
  );
  return {
    receipts,
    quietMs: () => performance.now() - givenAtMs,
    stop: async () => {
      stopping.abort();
      await all;
      agent.destroy();
    },
  };
}

/** Prompts differ, or the prefix cache answers. */
function nextAsk(serial: number): PlannedAsk {
  const kind: AskKind = serial % 4 === 3 ? "cut" : "stream";
  return {
    kind,
    tenant: quotaTenant,
    prompt: `quota ${serial} `.padEnd(promptBytes, "q"),
    outputTokens: outputTokensAsked,
    cutAfter,
    key: "",
  };
}
