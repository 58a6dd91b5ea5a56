// So many clients at once, each with its next request when the last is over, until the plan is through.

import { Agent } from "node:http";
import type { Receipt } from "./client.ts";
import { askAs } from "./client.ts";
import { planned } from "./plan.ts";

export interface ClientsPlan {
  readonly requests: number;
  readonly clients: number;
  readonly seed: number;
  readonly edges: readonly string[];
  /** No request is begun after so long. Absent: all are. */
  readonly withinMs?: number;
  readonly onProgress?: (done: number) => void;
}

const toldEvery = 5_000;

export async function runClients(plan: ClientsPlan): Promise<readonly Receipt[]> {
  const {
    requests,
    clients,
    seed,
    edges,
    withinMs = Infinity,
    onProgress = () => undefined,
  } = plan;
  const untilMs = performance.now() + withinMs;
  const agent = new Agent({ keepAlive: true, maxSockets: clients * 2 });
  const asks = planned(requests, seed);
  const receipts: Receipt[] = [];
  let at = 0;
  const client = async (): Promise<void> => {
    for (const ask of asks) {
      if (performance.now() > untilMs) return;
      receipts.push(await askAs(ask, { agent, edges }, at++));
      if (receipts.length % toldEvery === 0) onProgress(receipts.length);
    }
  };
  // They share one generator: who leaves its loop ends it for all.
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return receipts;
}
