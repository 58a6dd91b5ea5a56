// What the store of a local fleet says was taken of a tenant's day, read from the store itself.

import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { GetOutcome, Unknown } from "#shared/coordination/coordination.ts";
import { escrowKey } from "#shared/coordination/escrow.ts";
import { readEscrow } from "#shared/coordination/escrow-record.ts";
import { openEtcdCoordination } from "#shared/coordination/etcd-coordination.ts";

export interface TakenOfDay {
  readonly window: string;
  readonly tokens: number;
}

export async function takenOfDay(folder: string, tenant: string): Promise<TakenOfDay> {
  const { members, asking } = requiredState(folder);
  const endpoints = members
    .filter(({ role }) => role === "etcd")
    .map(({ address = "" }) => address);
  if (asking.etcd === undefined) throw new Error("the fleet has no certificate to ask etcd with");
  const store = await openEtcdCoordination({ endpoints, trust: readTrust(asking.etcd) });
  try {
    const got = await new Promise<GetOutcome | Unknown>((answer) =>
      store.get(escrowKey(tenant), answer),
    );
    if (got.kind === "unknown") throw new Error(`etcd does not say: ${got.reason}`);
    const record = readEscrow(got.kind === "found" ? got.value : undefined);
    if (record === undefined) return { window: "", tokens: 0 };
    if (record === "damaged") throw new Error(`the escrow of ${tenant} is damaged`);
    const { window, taken } = record.periods.day;
    return { window, tokens: taken.tokens };
  } finally {
    await store.close();
  }
}
