// Whether an address can be reached by its neighbours only.

import { BlockList, isIP } from "node:net";

const neighbours = new BlockList();
neighbours.addSubnet("127.0.0.0", 8, "ipv4");
neighbours.addSubnet("10.0.0.0", 8, "ipv4");
neighbours.addSubnet("172.16.0.0", 12, "ipv4");
neighbours.addSubnet("192.168.0.0", 16, "ipv4");
neighbours.addSubnet("169.254.0.0", 16, "ipv4");
neighbours.addSubnet("100.64.0.0", 10, "ipv4");
neighbours.addAddress("::1", "ipv6");
neighbours.addSubnet("fc00::", 7, "ipv6");
neighbours.addSubnet("fe80::", 10, "ipv6");

/** `http://HOST[:PORT]` alone. A host's name is private if it has no dot, or ends as names of a cluster or a home do. */
export function isPrivateUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  if (protocol !== "http:" || pathname !== "/" || search + hash + username + password !== "") {
    return false;
  }
  return isPrivateHost(hostname);
}

/** As a URL has it: an IPv6 address in brackets. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(host);
  if (family !== 0) return neighbours.check(host, family === 4 ? "ipv4" : "ipv6");
  return !host.includes(".") || /\.(internal|local|localhost|svc|home\.arpa)$/.test(host);
}
