// One of the things compared: where it listens, and which processes are charged for it.

import { Agent, request as httpRequest } from "node:http";

/** `whole` where it is one process; else a role of the fleet, or one of the servers that it stands on. */
export type PartName =
  | "whole"
  | "edge"
  | "control"
  | "worker"
  | "metering"
  | "registry"
  | "nats"
  | "etcd"
  | "postgres";

export type PerPart = Readonly<Partial<Record<PartName, number>>>;

export interface Target {
  readonly mode: "bare" | "nginx" | "embedded" | "cluster";
  readonly url: string;
  readonly key: string;
  /** The processes whose CPU and memory count. */
  readonly parts: Readonly<Partial<Record<PartName, readonly number[]>>>;
}

export interface Completion {
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly isStreamed: boolean;
}

/** Prompts must differ, or the prefix cache answers for the model. */
let serial = 0;

export function completionBody({ promptTokens, outputTokens, isStreamed }: Completion): string {
  serial += 1;
  const head = `${serial.toString().padStart(11, "0")} `;
  const prompt = (head + "word".repeat(promptTokens)).slice(0, promptTokens * 4);
  return JSON.stringify({
    model: "llama-3.1-8b",
    prompt,
    max_tokens: outputTokens,
    ignore_eos: true,
    stream: isStreamed,
    ...(isStreamed ? { stream_options: { include_usage: true } } : {}),
  });
}

export const newAgent = (): Agent =>
  new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** One non-streamed completion to its end. Rejects unless it is a 200. */
export function complete(target: Target, agent: Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${target.url}/v1/completions`, {
      method: "POST",
      agent,
      headers: {
        authorization: `Bearer ${target.key}`,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      },
    });
    request.on("error", reject);
    request.on("response", (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        if (response.statusCode !== 200) text += chunk.toString();
      });
      response.on("end", () =>
        response.statusCode === 200
          ? resolve()
          : reject(new Error(`${target.mode}: ${response.statusCode} ${text}`)),
      );
    });
    request.end(body);
  });
}
