// Asks one edge the same question, again and again, until it answers as expected: when was that?

import { Agent, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";

export interface EdgeQuestion {
  readonly path: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Posted as JSON. Absent: it is a GET. */
  readonly body?: Readonly<Record<string, unknown>>;
}

export interface EdgeAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface EdgeProbe {
  /** Resolves with the moment of the first answer that is so, in performance.now()'s time. */
  first(question: EdgeQuestion, isSo: (answer: EdgeAnswer) => boolean): Promise<number>;
  close(): void;
}

/** Between an answer and the next question: the figures are later by half of it in the mean. */
const everyMs = 5;
const patienceMs = 30_000;

export function probeEdge(address: string): EdgeProbe {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return {
    async first(question, isSo) {
      const endMs = performance.now() + patienceMs;
      let last = "";
      while (performance.now() < endMs) {
        const answer = await ask(address, agent, question);
        if (isSo(answer)) return performance.now();
        last = `${answer.status} ${answer.text.slice(0, 200)}`;
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      throw new Error(`${address} did not answer as expected in ${patienceMs / 1000} s: ${last}`);
    },
    close: () => agent.destroy(),
  };
}

const ask = (address: string, agent: Agent, { path, key, body, headers: more }: EdgeQuestion) =>
  new Promise<EdgeAnswer>((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...more,
    };
    const method = body === undefined ? "GET" : "POST";
    const call = request(`http://${address}${path}`, { agent, headers, method }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => (text += chunk));
      reply.once("error", reject);
      reply.once("end", () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }),
      );
    });
    call.once("error", reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
  });
