// An edge's line to whoever takes adapters in, in another process: the same desk, asked over HTTP with both sides'
// certificates. Law: a body is sent only when it was asked for, and no faster than it is taken.

import type { ClientRequest, IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import type { PeerCertificate } from "node:tls";
import type { Trust } from "#shared/config/trust.ts";
import type {
  AdapterDesk,
  BegunUpload,
  NotBegun,
  UploadEnd,
  UploadWish,
} from "#shared/model/adapter-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { uploadTermsDefault } from "#shared/model/tenant-policy.ts";
import type { UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import type { ToldEnd, ToldNotBegun } from "./desk-words.ts";
import { adapterPath, answerBytesMax, uploadPath } from "./desk-words.ts";

export interface DeskLinePorts {
  /** `host:port`. Empty: this fleet takes none in. Undefined: it is not known who does. */
  readonly place: () => string | undefined;
  readonly trust: Trust;
  /** Of this edge. */
  readonly fleet: () => Pick<Fleet, "adapters">;
}

const deskRole = "registry";
/** For the word that begins an upload, and for a question's answer. */
const patienceMs = 5_000;
/** From the last byte on: the file is being stored. */
const storingPatienceMs = 600_000;
/** Until this edge, too, knows what was stored. */
const followedWithinMs = 2_000;

export class DeskLine implements AdapterDesk {
  readonly #ports: DeskLinePorts;
  readonly #agent: Agent;

  constructor(ports: DeskLinePorts) {
    this.#ports = ports;
    // Kept open by the other side, too: one that closes behind its answer takes the answer with it, where a body still comes.
    this.#agent = new Agent({ ...ports.trust, keepAlive: true, checkServerIdentity });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Rejects where nobody is reached. */
  async begin(wish: UploadWish): Promise<BegunUpload | NotBegun> {
    if (this.#takesNone()) return "no-store";
    const headers = { expect: "100-continue", "transfer-encoding": "chunked" };
    const asking = this.#ask("POST", uploadPath(wish), headers);
    const answered = answerOf(asking);
    // Whoever does not wait for it has an error all the same.
    answered.catch(() => undefined);
    const isAsked = new Promise<undefined>((resolve) => asking.once("continue", resolve));
    asking.flushHeaders();
    const early = await within(patienceMs, asking, Promise.race([isAsked, answered]));
    if (early !== undefined) return notBegunOf(early);
    const { bytesMax } = wish.tenant.policy.uploads ?? uploadTermsDefault;
    return {
      bytesMax,
      leave: () => void asking.destroy(),
      take: (body) => this.#take({ asking, answered }, body),
    };
  }

  async list(tenant: string): Promise<readonly UploadedAdapter[]> {
    if (this.#takesNone()) return [];
    const { adapters } = await this.#question<{ adapters: readonly UploadedAdapter[] }>(
      "GET",
      adapterPath(tenant),
    );
    return adapters;
  }

  async find(tenant: string, name: string): Promise<UploadedAdapter | undefined> {
    if (this.#takesNone()) return undefined;
    const { adapter } = await this.#question<{ adapter?: UploadedAdapter }>(
      "GET",
      adapterPath(tenant, name),
    );
    return adapter;
  }

  async remove(tenant: string, name: string): Promise<boolean> {
    if (this.#takesNone()) return false;
    const { isRemoved } = await this.#question<{ isRemoved: boolean }>(
      "DELETE",
      adapterPath(tenant, name),
    );
    return isRemoved;
  }

  #takesNone(): boolean {
    return this.#ports.place() === "";
  }

  async #question<Said>(method: "GET" | "DELETE", path: string): Promise<Said> {
    const asking = this.#ask(method, path, {});
    const answered = answerOf(asking);
    asking.end();
    return saidIn<Said>(await within(patienceMs, asking, answered));
  }

  #ask(method: string, path: string, headers: Readonly<Record<string, string>>): ClientRequest {
    const place = this.#ports.place();
    if (place === undefined) throw new Error("no process takes adapters in now");
    const url = new URL(`https://${place}${path}`);
    return request(url, { method, headers, agent: this.#agent });
  }

  async #take(
    { asking, answered }: BegunCall,
    body: AsyncIterable<Uint8Array>,
  ): Promise<UploadEnd> {
    try {
      const cutOff = await sendBody({ asking, answered }, body);
      if (cutOff !== undefined) return cutOff;
      const end = saidIn<ToldEnd>(await within(storingPatienceMs, asking, answered));
      if (end.kind === "ready") await this.#followed(end.adapter);
      return end;
    } catch {
      return { kind: "failed", fault: "down" };
    } finally {
      asking.destroy();
    }
  }

  /** So that who is told of it can rely on it here. */
  async #followed({ digest, tenant }: UploadedAdapter): Promise<void> {
    const deadline = performance.now() + followedWithinMs;
    const isKnown = (): boolean =>
      this.#ports
        .fleet()
        .adapters.some((one) => one.digest === digest && one.tenants.some((id) => id === tenant));
    while (!isKnown() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** Whom we call is checked by role, not by host name: the address came from the coordination. */
const checkServerIdentity = (_: string, { subject }: PeerCertificate): Error | undefined =>
  subject.CN === deskRole
    ? undefined
    : new Error(`the certificate at the desk's address is of ${String(subject.CN)}`);

interface Answer {
  readonly status: number;
  readonly text: string;
}

interface BegunCall {
  readonly asking: ClientRequest;
  readonly answered: Promise<Answer>;
}

/** Undefined: all of it was sent, or the answer came before. */
async function sendBody(
  { asking, answered }: BegunCall,
  body: AsyncIterable<Uint8Array>,
): Promise<UploadEnd | undefined> {
  let isAnswered = false;
  const answerCame = answered.then(
    () => void (isAnswered = true),
    () => void (isAnswered = true),
  );
  const reader = body[Symbol.asyncIterator]();
  for (;;) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = await reader.next();
    } catch (error) {
      return { kind: "cut-off", error };
    }
    if (next.done === true) break;
    // Wrong already, or over: the rest of the body is not read.
    if (isAnswered) {
      void reader.return?.();
      return undefined;
    }
    if (!asking.write(next.value)) {
      await Promise.race([new Promise((resolve) => asking.once("drain", resolve)), answerCame]);
    }
  }
  asking.end();
  return undefined;
}

function answerOf(asking: ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    asking.on("error", reject);
    asking.once("response", (response) => {
      // From here on the answer counts: the rest of a body that was not wanted may fail.
      asking.off("error", reject).on("error", () => undefined);
      textOf(response).then(resolve, reject);
    });
  });
}

async function textOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error("an answer without an end");
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

async function within<Result>(
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

function saidIn<Said>({ status, text }: Answer): Said {
  if (status !== 200) throw new Error(`the desk answered with ${status}`);
  return JSON.parse(text) as Said;
}

function notBegunOf({ status, text }: Answer): NotBegun {
  if (status !== 409) throw new Error(`the desk answered with ${status}`);
  return (JSON.parse(text) as ToldNotBegun).notBegun;
}
