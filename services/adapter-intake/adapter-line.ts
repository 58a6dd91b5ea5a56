// The desk for adapters as an edge has it: in another process, asked over the line to that. Law: a body is sent only when it was
// asked for, and no faster than it is taken.

import type { ClientRequest } from "node:http";
import type { DeskAnswer, DeskLine } from "#shared/bus/desk-line.ts";
import { answerOf, saidIn, within } from "#shared/bus/desk-line.ts";
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
import type { ToldEnd, ToldNotBegun } from "./adapter-words.ts";
import { adapterPath, uploadPath } from "./adapter-words.ts";

export interface AdapterLinePorts {
  readonly line: DeskLine;
  /** `host:port`. Empty: this fleet takes none in. Undefined: it is not known who does. */
  readonly place: () => string | undefined;
  /** Of this edge. */
  readonly fleet: () => Pick<Fleet, "adapters">;
}

/** For the word that begins an upload, and for a question's answer. */
const patienceMs = 5_000;
/** From the last byte on: the file is being stored. */
const storingPatienceMs = 600_000;
/** Until this edge, too, knows what was stored. */
const followedWithinMs = 2_000;

export class AdapterLine implements AdapterDesk {
  readonly #ports: AdapterLinePorts;

  constructor(ports: AdapterLinePorts) {
    this.#ports = ports;
  }

  /** Rejects where nobody is reached. */
  async begin(wish: UploadWish): Promise<BegunUpload | NotBegun> {
    if (this.#takesNone()) return "no-store";
    const headers = { expect: "100-continue", "transfer-encoding": "chunked" };
    const { line, place } = this.#ports;
    const asking = line.open(place(), { method: "POST", path: uploadPath(wish), headers });
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
    const { line, place } = this.#ports;
    return saidIn<Said>(await line.question(place(), { method, path }, patienceMs));
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

interface BegunCall {
  readonly asking: ClientRequest;
  readonly answered: Promise<DeskAnswer>;
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

function notBegunOf({ status, text }: DeskAnswer): NotBegun {
  if (status !== 409) throw new Error(`the desk answered with ${status}`);
  return (JSON.parse(text) as ToldNotBegun).notBegun;
}
