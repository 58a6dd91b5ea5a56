// An edge's line to the desks in the registry's process: HTTP with both sides' certificates. Law: whoever is called has proven to
// be the registry, and nobody is waited for without end.

import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { PeerCertificate } from "node:tls";
import type { Trust } from "#shared/config/trust.ts";

const deskRole = "registry";
/** What is answered is that small. */
const answerBytesMax = 16 * 1024 ** 2;

export interface DeskAnswer {
  readonly status: number;
  readonly text: string;
}

export interface DeskAsk {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class DeskLine {
  readonly #agent: Agent;

  constructor(trust: Trust) {
    // Kept open by the other side, too: one that closes behind its answer takes the answer with it, where a body still comes.
    this.#agent = new Agent({ ...trust, keepAlive: true, checkServerIdentity });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** `place`: `host:port`. Undefined: it is not known where that desk is, and it throws. Nothing is sent before its end. */
  open(place: string | undefined, { method, path, headers = {} }: DeskAsk): ClientRequest {
    if (place === undefined) throw new Error("no process has that desk now");
    return request(new URL(`https://${place}${path}`), { method, headers, agent: this.#agent });
  }

  /** Rejects where nobody answers in that time. */
  async question(
    place: string | undefined,
    { body, ...ask }: DeskAsk & { readonly body?: string },
    patienceMs: number,
  ): Promise<DeskAnswer> {
    const asking = this.open(place, ask);
    const answered = answerOf(asking);
    asking.end(body);
    return within(patienceMs, asking, answered);
  }
}

/** Whom we call is checked by role, not by host name: the address came from the coordination. */
const checkServerIdentity = (_: string, { subject }: PeerCertificate): Error | undefined =>
  subject.CN === deskRole
    ? undefined
    : new Error(`the certificate at the desk's address is of ${String(subject.CN)}`);

export function answerOf(asking: ClientRequest): Promise<DeskAnswer> {
  return new Promise((resolve, reject) => {
    asking.on("error", reject);
    asking.once("response", (response) => {
      // From here on the answer counts: the rest of a body that was not wanted may fail.
      asking.off("error", reject).on("error", () => undefined);
      textOf(response).then(resolve, reject);
    });
  });
}

async function textOf(response: IncomingMessage): Promise<DeskAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error("an answer without an end");
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

export async function within<Result>(
  ms: number,
  asking: ClientRequest,
  waiting: Promise<Result>,
): Promise<Result> {
  const timeout = setTimeout(() => asking.destroy(new Error(`no answer for ${ms} ms`)), ms);
  try {
    return await waiting;
  } finally {
    clearTimeout(timeout);
  }
}

export function saidIn<Said>({ status, text }: DeskAnswer): Said {
  if (status !== 200) throw new Error(`the desk answered with ${status}`);
  return JSON.parse(text) as Said;
}
