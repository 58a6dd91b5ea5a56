// Asks one edge for the list of models with a key, again and again, until it answers as expected: when was that?

import { Agent, request } from "node:http";

export interface EdgeProbe {
  /** Resolves with the moment of the first answer of that status, in performance.now()'s time. */
  first(key: string, status: number): Promise<number>;
  close(): void;
}

/** Between an answer and the next question: the figures are later by half of it in the mean. */
const everyMs = 5;
const patienceMs = 30_000;

export function probeEdge(address: string): EdgeProbe {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const ask = (key: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${key}` };
      const call = request(`http://${address}/v1/models`, { agent, headers }, (reply) => {
        reply.resume();
        reply.once("end", () => resolve(reply.statusCode ?? 0));
      });
      call.once("error", reject);
      call.end();
    });
  return {
    async first(key, status) {
      const endMs = performance.now() + patienceMs;
      while (performance.now() < endMs) {
        if ((await ask(key)) === status) return performance.now();
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      throw new Error(`${address} did not answer ${status} within ${patienceMs / 1000} s`);
    },
    close: () => agent.destroy(),
  };
}
