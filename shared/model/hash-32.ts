// Small published hashes for spreading and for the oracle. Not for secrets: those use SHA-256 at the edge.

/** FNV-1a, 32 bits, over UTF-16 code units (equal to bytes for ASCII, which is all we feed it). Fowler, Noll, Vo. */
export function fnv1a32(text: string, basis: number = 0x811c9dc5): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The finaliser of MurmurHash3 (Appleby): every input bit moves every output bit. */
export function fmix32(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
