// What keeps prefixes apart inside a server that many namespaces share: a salt of ours. Keyed, so that nobody can make
// another's; by a secret of this life, so that what an earlier one left in the cache is found by nobody; framed by length,
// so that no two pairs run together.

import { createHmac, randomBytes } from "node:crypto";

export const drawSecret = (): Buffer => randomBytes(32);

export function saltOf(
  secret: Uint8Array,
  { namespace, adapterDigest }: { readonly namespace: string; readonly adapterDigest: string },
): string {
  const framed = `${namespace.length}:${namespace}${adapterDigest.length}:${adapterDigest}`;
  return createHmac("sha256", secret).update(framed).digest("base64url");
}
