// Which addresses a webhook may be sent to: those of the public internet, and where the operator says so also private ones.
// Of a name every address is looked at, and the connection goes to one that was: a name that changes its mind gains nothing.

import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";

const unreachable = new BlockList();
const subnets: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
for (const [subnet, bits] of subnets) unreachable.addSubnet(subnet, bits, "ipv4");
/** Of IPv6 only what is given out to the world: no loopback, no mapped or translated IPv4, no site's own. */
const global6 = new BlockList();
global6.addSubnet("2000::", 3, "ipv6");
const special6 = new BlockList();
special6.addSubnet("2001::", 23, "ipv6");
special6.addSubnet("2001:db8::", 32, "ipv6");
special6.addSubnet("2002::", 16, "ipv6");
special6.addSubnet("3fff::", 20, "ipv6");

export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !unreachable.check(address, "ipv4");
    case 6:
      return global6.check(address, "ipv6") && !special6.check(address, "ipv6");
    default:
      return false;
  }
}

export type Reach =
  | { readonly kind: "reachable"; readonly address: LookupAddress }
  | { readonly kind: "unreachable"; readonly reason: string; readonly isFinal: boolean };

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

const resolveAll: Resolve = (hostname) => lookup(hostname, { all: true });

/** `mayBePrivate`: then also without TLS. */
export async function reach(
  url: URL,
  mayBePrivate: boolean,
  resolve: Resolve = resolveAll,
): Promise<Reach> {
  if (url.protocol !== "https:" && !mayBePrivate) {
    return { kind: "unreachable", reason: "not https", isFinal: true };
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  const found =
    family === 0
      ? await resolve(host).catch((error: unknown) => String(error))
      : [{ address: host, family }];
  if (typeof found === "string") {
    return { kind: "unreachable", reason: found.slice(0, 200), isFinal: false };
  }
  const [first] = found;
  if (first === undefined) {
    return { kind: "unreachable", reason: `${host} has no address`, isFinal: false };
  }
  if (!mayBePrivate && !found.every(({ address }) => isPublicAddress(address))) {
    return { kind: "unreachable", reason: `${host} is not on the public internet`, isFinal: true };
  }
  return { kind: "reachable", address: first };
}
