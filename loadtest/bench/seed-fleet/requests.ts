// What the seed fleet is asked, made from the seed before anything runs: arrivals and lengths as the Azure conversation
// trace of 2023 has them, prompts that share nothing.

import { prefixNamespace } from "#services/edge/prefix-namespace.ts";
import { generateWorkload } from "#loadtest/load/generators.ts";
import type { EdgeId, PoolId, RequestId, TenantId } from "#shared/model/ids.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { FleetPlan, FleetTenant } from "./fleet-plan.ts";

export interface FleetRequest {
  readonly atMs: number;
  readonly requestId: RequestId;
  readonly tenant: FleetTenant;
  readonly namespace: string;
  readonly pool: PoolId;
  readonly edge: EdgeId;
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

const textBytes = 1 << 23;
/** The longest prompt of the trace, and some. */
const promptBytesMax = 1 << 16;

export function requestsOf(
  plan: FleetPlan,
  { seed, durationMs }: { readonly seed: number; readonly durationMs: number },
): readonly FleetRequest[] {
  const { requests } = generateWorkload("conversation", {
    seed,
    durationMs,
    requestsPerSecond: plan.requestsPerS,
  });
  const random = new SeededRandom(seed, "seed-fleet");
  const text = textOf(random.derive("text"));
  const namespaces = new Map(plan.tenants.map((tenant) => [tenant, namespaceOf(tenant)] as const));
  return requests.map(({ atMs, promptTokens, outputTokens }) => {
    const tenant = tenantAt(plan, random.fraction());
    const from = random.below(textBytes - promptBytesMax);
    const requestId = idFrom(random);
    return {
      atMs,
      requestId,
      tenant,
      namespace: namespaces.get(tenant) ?? "",
      pool: random.pick(tenant.pools),
      edge: random.pick(plan.edges),
      promptBytes: text.subarray(from, from + promptTokens * bytesPerToken),
      promptDigest: requestId + requestId,
      promptTokens,
      outputTokens,
    };
  });
}

/** The first whose running sum reaches the point. */
function tenantAt({ popularity, tenants }: FleetPlan, point: number): FleetTenant {
  let low = 0;
  let high = popularity.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((popularity[middle] ?? 1) < point) low = middle + 1;
    else high = middle;
  }
  const tenant = tenants[low];
  if (tenant === undefined) throw new Error("a fleet has tenants");
  return tenant;
}

const namespaceOf = ({ policy: { tenant }, adapterDigest }: FleetTenant): string =>
  prefixNamespace({
    trustGroup: tenant satisfies TenantId,
    modelVersion: "llama-1",
    tokenizer: "quad",
    adapterDigest,
  });

function textOf(random: SeededRandom): Uint8Array {
  const words = new Uint32Array(textBytes / 4);
  // Seven bits a byte, and no byte is zero.
  for (let at = 0; at < words.length; at++) words[at] = (random.next32() & 0x7f7f7f7f) | 0x01010101;
  return new Uint8Array(words.buffer);
}

function idFrom(random: SeededRandom): RequestId {
  let id = "";
  for (let word = 0; word < 4; word++) id += random.next32().toString(16).padStart(8, "0");
  return id as RequestId;
}
