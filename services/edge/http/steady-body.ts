// A request's body as it comes, for whoever reads it chunk by chunk: held back while it is not wanted, given up when nothing
// comes for too long. Leaving it early leaves the socket whole, so that the answer can still be sent.

import type { IncomingMessage } from "node:http";

export class BodyStalled extends Error {}

export async function* steadyBody(
  incoming: IncomingMessage,
  idleMs: number,
): AsyncGenerator<Buffer, void, undefined> {
  const chunks = incoming.iterator({ destroyOnReturn: false });
  try {
    for (;;) {
      const next = await inTime(chunks.next() as Promise<IteratorResult<Buffer>>, idleMs);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    void chunks.return?.()?.catch(() => undefined);
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
