// The namespace of cached prefix blocks: who may find whose. Made from credentials and the registry alone, so
// no client can name its way into another's; length-framed, so no two tuples share a text.

import { createHash } from "node:crypto";
import type { AdapterDigest } from "#shared/model/ids.ts";

export interface NamespaceParts {
  readonly trustGroup: string;
  readonly modelVersion: string;
  readonly tokenizer: string;
  readonly adapterDigest: AdapterDigest;
}

/** Lower-case hex SHA-256. */
export function prefixNamespace(parts: NamespaceParts): string {
  const hash = createHash("sha256");
  for (const part of [
    "fairlead prefix namespace 1",
    parts.trustGroup,
    parts.modelVersion,
    parts.tokenizer,
    parts.adapterDigest,
  ]) {
    hash.update(`${Buffer.byteLength(part)}:${part}`);
  }
  return hash.digest("hex");
}
