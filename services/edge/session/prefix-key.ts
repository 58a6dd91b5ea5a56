// A name for how a prompt begins, inside its namespace: requests of one name can share KV blocks on one worker.
// A hint for locality and nothing else: two prompts of one name need not be alike, so nothing is shared by it.

import { fmix32 } from "#shared/model/hash-32.ts";

/** Four blocks of sixteen quad tokens. Fewer are not worth a detour to the worker that holds them. */
export const prefixBytes = 256;

/** 16 hex digits; empty when the prompt is shorter than a prefix worth sharing. */
export function prefixKey(namespace: string, promptBytes: Uint8Array): string {
  if (promptBytes.length < prefixBytes) return "";
  return (
    hex(hash(namespace, promptBytes, 0x811c9dc5)) + hex(hash(namespace, promptBytes, 0x9e3779b1))
  );
}

// FNV-1a over the namespace's length, the namespace and the bytes: framed, so that no two pairs run together.
function hash(namespace: string, promptBytes: Uint8Array, basis: number): number {
  let value = step(basis, namespace.length);
  for (let index = 0; index < namespace.length; index++) {
    value = step(value, namespace.charCodeAt(index));
  }
  for (let index = 0; index < prefixBytes; index++) value = step(value, promptBytes[index] ?? 0);
  return fmix32(value);
}

const step = (value: number, unit: number): number => Math.imul(value ^ unit, 0x01000193);

const hex = (value: number): string => value.toString(16).padStart(8, "0");
