// The registry as whoever takes adapters in uses it: what a tenant brought, and what becomes of it. A change that the desired
// state shows is announced before it is told as done.

import type { AdapterShelf } from "#shared/model/uploaded-adapter.ts";
import type { RegistryPorts } from "./registry.ts";
import { announceFleet } from "./fleet-watch.ts";
import {
  beginUploadIn,
  findUpload,
  hasBytesIn,
  removeUploadIn,
  settleUploadIn,
  tryUploadIn,
  unsettledUploads,
  uploadsOf,
} from "./uploaded-adapters.ts";

export function adapterShelf({
  sql,
  coordination,
}: Pick<RegistryPorts, "sql" | "coordination">): AdapterShelf {
  return {
    list: (tenant) => uploadsOf(sql, tenant),
    find: (named) => findUpload(sql, named),
    begin: (adapter, adaptersMax) =>
      sql.transaction((queries) => beginUploadIn(queries, adapter, adaptersMax)),
    async try(kept) {
      const version = await sql.transaction((queries) => tryUploadIn(queries, kept));
      if (version !== undefined) await announceFleet(coordination, version);
      return version;
    },
    async settle(kept, end) {
      const version = await sql.transaction((queries) => settleUploadIn(queries, kept, end));
      if (version !== undefined) await announceFleet(coordination, version);
      return version;
    },
    async remove(kept) {
      const removed = await sql.transaction((queries) => removeUploadIn(queries, kept));
      if (removed !== undefined) await announceFleet(coordination, removed.version);
      return removed;
    },
    hasBytes: (digest) => hasBytesIn(sql, digest),
    unsettled: () => unsettledUploads(sql),
  };
}
