// A request's body as it comes, for whoever reads it chunk by chunk: held back while it is not wanted, given up when nothing
// comes for too long, or too little. Small chunks are gathered, so that who cuts a body into single bytes costs its reader no
// more than others. Leaving it early leaves the socket whole, so that the answer can still be sent.

import type { Readable } from "node:stream";

export class BodyStalled extends Error {}

export interface BodyPace {
  /** For the next byte. */
  readonly idleMs: number;
  /** Of waiting for the body, in all: from then on its mean must be the least or more. */
  readonly graceMs?: number;
  readonly bytesPerSecondMin?: number;
}

const graceDefaultMs = 20_000;
const bytesPerSecondDefault = 16 * 1024;
/** Of what is handed on, but for the body's end. */
export const gatheredBytesMin: number = 16 * 1024;

export async function* steadyBody(
  incoming: Pick<Readable, "iterator">,
  pace: BodyPace,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  const isTooSlow = paceMeter(pace);
  const gathering = new Gathering();
  try {
    for (;;) {
      const fromMs = performance.now();
      const next = await inTime(chunks.next() as Promise<IteratorResult<Buffer>>, pace.idleMs);
      if (next.done === true) break;
      if (isTooSlow(next.value.length, performance.now() - fromMs)) throw new BodyStalled();
      const gathered = gathering.add(next.value);
      if (gathered !== undefined) yield gathered;
    }
    const last = gathering.rest();
    if (last.length > 0) yield last;
  } finally {
    void chunks.return?.()?.catch(() => undefined);
  }
}

/** Only the time in which we waited for the body counts: a slow disk of ours is not its sender's fault. */
function paceMeter({
  graceMs = graceDefaultMs,
  bytesPerSecondMin = bytesPerSecondDefault,
}: BodyPace): (bytes: number, waitedMs: number) => boolean {
  let [sumBytes, sumMs] = [0, 0];
  return (bytes, waitedMs) => {
    sumBytes += bytes;
    sumMs += waitedMs;
    return sumMs > graceMs && sumBytes < (sumMs / 1_000) * bytesPerSecondMin;
  };
}

class Gathering {
  /** A new one for each that is handed on: its reader may keep it. */
  #held: Buffer | undefined;
  #bytes = 0;

  /** Undefined: not enough yet. */
  add(chunk: Buffer): Buffer | undefined {
    if (chunk.length >= gatheredBytesMin) {
      return this.#bytes === 0 ? chunk : Buffer.concat([this.rest(), chunk]);
    }
    this.#held ??= Buffer.allocUnsafeSlow(2 * gatheredBytesMin);
    this.#bytes += chunk.copy(this.#held, this.#bytes);
    return this.#bytes >= gatheredBytesMin ? this.rest() : undefined;
  }

  /** And begins anew. */
  rest(): Buffer {
    const found = this.#held?.subarray(0, this.#bytes) ?? Buffer.alloc(0);
    this.#held = undefined;
    this.#bytes = 0;
    return found;
  }
}

async function inTime<Value>(promise: Promise<Value>, idleMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BodyStalled()), idleMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
