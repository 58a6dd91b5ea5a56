// Names each call: 128 random bits, never a client's id. Drawn in batches, since each draw is a system call.

import { randomFillSync } from "node:crypto";
import type { RequestId } from "#shared/model/ids.ts";

const idBytes = 16;
const batch: Buffer = Buffer.alloc(idBytes * 256);
let used = batch.length;

export function newRequestId(): RequestId {
  if (used === batch.length) {
    randomFillSync(batch);
    used = 0;
  }
  used += idBytes;
  return batch.toString("hex", used - idBytes, used) as RequestId;
}
