// What a process that does not keep the registry asks of it at the start: its schema, a clock that agrees with the
// database's, and a desired state.

import { assertClock, requireSchema } from "#shared/ledger/schema/require-schema.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { Registry } from "#services/registry/registry.ts";
import type { Servers } from "./open-servers.ts";

/** Throws what an operator must do. */
export async function standingFleet({ sql }: Servers, registry: Registry): Promise<Fleet> {
  await assertClock(sql, Date.now);
  await requireSchema(sql);
  const fleet = await registry.current();
  if (fleet === undefined) {
    throw new Error(
      "there is no desired state yet: start the registry, which applies a fleet file",
    );
  }
  return fleet;
}
