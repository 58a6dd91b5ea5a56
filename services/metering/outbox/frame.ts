// How usage lies in a file of the outbox: frames of a mark, a length, a checksum and the same JSON as on the stream. What
// was torn by a crash is told from what is whole, and from what was spoilt in the middle.

import { crc32 } from "node:zlib";
import type { KeptEntry } from "#shared/model/kept-entry.ts";
import { gpuTimeOfKept, usageOfKept } from "#shared/model/kept-entry.ts";
import {
  packGpuTimes,
  packUsage,
  unpackUsage,
  usageMessageBytesMax,
} from "#services/metering/usage-message.ts";

const mark = Buffer.from("FLU1", "latin1");
const headBytes = 12;

export function packFrames(entries: readonly KeptEntry[]): Buffer {
  return Buffer.concat(packKept(entries).flatMap((bytes) => [headOf(bytes), bytes]));
}

/** Of nothing, too: it tries a disk. */
function packKept(entries: readonly KeptEntry[]): readonly Uint8Array[] {
  const [usage, gpuTimes] = [usageOfKept(entries), gpuTimeOfKept(entries)];
  return [
    ...(usage.length === 0 && gpuTimes.length > 0 ? [] : packUsage(usage)),
    ...packGpuTimes(gpuTimes),
  ];
}

function headOf(bytes: Uint8Array): Buffer {
  const head = Buffer.allocUnsafe(headBytes);
  mark.copy(head);
  head.writeUInt32LE(bytes.length, 4);
  head.writeUInt32LE(crc32(bytes), 8);
  return head;
}

export interface UnpackedFile {
  readonly entries: readonly KeptEntry[];
  /** Up to the end of the last whole frame: what follows was torn. */
  readonly wholeBytes: number;
  /** Pieces before that which are no frames, or say what this version does not understand. */
  readonly unreadable: number;
}

/** Never throws. */
export function unpackFrames(bytes: Buffer): UnpackedFile {
  const entries: KeptEntry[] = [];
  let wholeBytes = 0;
  let unreadable = 0;
  for (let at = 0; at < bytes.length;) {
    const payload = frameAt(bytes, at);
    if (payload === undefined) {
      const next = nextFrame(bytes, at + 1);
      if (next === undefined) break;
      unreadable++;
      at = next;
      continue;
    }
    const unpacked = unpackUsage(payload);
    if (unpacked.kind === "usage") for (const entry of unpacked.entries) entries.push(entry);
    else if (unpacked.kind === "gpu-time")
      for (const gpuTime of unpacked.gpuTimes) entries.push({ gpuTime });
    else unreadable++;
    at += headBytes + payload.length;
    wholeBytes = at;
  }
  return { entries, wholeBytes, unreadable };
}

function frameAt(bytes: Buffer, at: number): Buffer | undefined {
  if (at + headBytes > bytes.length || mark.compare(bytes, at, at + mark.length) !== 0) {
    return undefined;
  }
  const from = at + headBytes;
  const to = from + bytes.readUInt32LE(at + 4);
  if (to - from > usageMessageBytesMax || to > bytes.length) return undefined;
  const payload = bytes.subarray(from, to);
  return crc32(payload) === bytes.readUInt32LE(at + 8) ? payload : undefined;
}

function nextFrame(bytes: Buffer, from: number): number | undefined {
  for (let at = bytes.indexOf(mark, from); at >= 0; at = bytes.indexOf(mark, at + 1)) {
    if (frameAt(bytes, at) !== undefined) return at;
  }
  return undefined;
}
