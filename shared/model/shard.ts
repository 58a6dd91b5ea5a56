// Which shard a tenant belongs to. Shards, not tenants, are claimed, so that losing a process costs few claims.

import { fmix32, fnv1a32 } from "./hash-32.ts";
import type { TenantId } from "./ids.ts";

export const shardCountDefault = 256;

export function shardOf(tenant: TenantId, shardCount: number): number {
  return fmix32(fnv1a32(tenant)) % shardCount;
}
