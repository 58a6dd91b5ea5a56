// A body that is what it claims to be: its length and its digest are checked while it passes, its pace is bounded. Law:
// whoever has read it to its end without a fault has the bytes of the digest.

import { createHash } from "node:crypto";
import { ObjectFault } from "./object-store.ts";

export interface BodyClaim {
  readonly digest: string;
  readonly bytes: number;
  /** No chunk may take longer. */
  readonly patienceMs: number;
}

export async function* checkedBody(
  body: AsyncIterable<Uint8Array>,
  claim: BodyClaim,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of patiently(body, claim.patienceMs)) {
    bytes += chunk.length;
    if (bytes > claim.bytes) throw other(claim, "more bytes than its size says");
    hash.update(chunk);
    yield chunk;
  }
  if (bytes < claim.bytes) throw other(claim, `${bytes} of its ${claim.bytes} bytes`);
  if (hash.digest("hex") !== claim.digest) throw other(claim, "other bytes than its digest says");
}

const other = ({ digest }: BodyClaim, what: string): ObjectFault =>
  new ObjectFault("corrupt", `object ${digest.slice(0, 12)} has ${what}`);

async function* patiently(
  body: AsyncIterable<Uint8Array>,
  patienceMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await inTime(reader.next(), patienceMs);
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // A source that hangs does not hear this either: it is told, and not waited for.
    if (!isOver) void Promise.resolve(reader.return?.()).catch(() => undefined);
  }
}

/** Fails with `slow`. What comes later is nobody's. */
export async function inTime<Value>(promise: Promise<Value>, patienceMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new ObjectFault("slow", `the object store took longer than ${patienceMs} ms`)),
      patienceMs,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    promise.catch(() => undefined);
  }
}
