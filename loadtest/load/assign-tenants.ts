// Who sends which request. Public traces carry no tenants, so a seeded rule assigns them: the trace's own client
// where it has one, else the conversation's first distinct block, else the request's number, hashed with the seed
// and dealt by the tenants' shares.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { PlannedRequest } from "./workload.ts";

export interface LoadTenant {
  readonly name: string;
  readonly key: string;
  /** Relative number of requests. */
  readonly share: number;
}

export function assignTenant(
  request: PlannedRequest,
  number: number,
  { tenants, seed }: { readonly tenants: readonly LoadTenant[]; readonly seed: number },
): LoadTenant {
  const identity =
    request.client === undefined
      ? (request.prefixBlocks?.[1] ?? number).toString()
      : `client-${request.client}`;
  const total = tenants.reduce((sum, tenant) => sum + tenant.share, 0);
  let left = (fmix32(fnv1a32(`${seed}:${identity}`)) / 2 ** 32) * total;
  for (const tenant of tenants) {
    left -= tenant.share;
    if (left < 0) return tenant;
  }
  const last = tenants.at(-1);
  if (last === undefined) throw new Error("no tenants to assign requests to");
  return last;
}

/** `acme=fl-demo-acme*2,bolt=fl-demo-bolt` → name, key, share (1 if not given). */
export function parseTenants(text: string): readonly LoadTenant[] {
  return text.split(",").map((part) => {
    const match = /^([a-z0-9-]+)=([^*,]+)(?:\*(\d+(?:\.\d+)?))?$/.exec(part.trim());
    if (match === null) {
      throw new Error(`--tenants: "${part}" is not name=key or name=key*share`);
    }
    const [, name = "", key = "", share = "1"] = match;
    return { name, key, share: Number(share) };
  });
}
