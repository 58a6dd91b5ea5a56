// An adapter is what its file holds. Law: weights are called by a digest only while their file has that content.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { ServedAdapter } from "#shared/model/fleet.ts";

/** Undefined: its file has the content that its digest says. */
export async function whyNotItsFile({ path, digest }: ServedAdapter): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash);
  } catch (error) {
    return `its file cannot be read here: ${error instanceof Error ? error.message : String(error)}`;
  }
  return hash.digest("hex") === digest
    ? undefined
    : "its file has another content than its digest says";
}
