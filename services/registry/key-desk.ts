// The registry as operators use it for keys. A secret is made here, told once to who asked, and kept as its SHA-256 alone; a
// change is announced before it is told as done.

import { hash, randomBytes } from "node:crypto";
import type { KeyDesk, KeyRefusal } from "#shared/model/key-desk.ts";
import { announceFleet } from "./fleet-watch.ts";
import type { Minted } from "./key-store.ts";
import { KeyRefused, createKeyIn, listKeysIn, revokeKeyIn, rotateKeyIn } from "./key-store.ts";
import type { RegistryPorts } from "./registry.ts";

const secretBytes = 32;
const handleBytes = 6;
/** A handle has 63 characters at most, as every name. */
const handleTenantMax = 50;

export function keyDesk(
  { sql, coordination }: Pick<RegistryPorts, "sql" | "coordination">,
  nowEpochMs: () => number = Date.now,
): KeyDesk {
  const announced = async <Done extends { readonly version: number }>(
    done: Done,
  ): Promise<Done> => {
    await announceFleet(coordination, done.version);
    return done;
  };
  return {
    list: (tenant) => listKeysIn(sql, tenant, nowEpochMs()),
    async create(key, actor) {
      const { secret, minted } = mint(key.tenant, { nowEpochMs: nowEpochMs(), actor });
      const stored = await sql.transaction((queries) => createKeyIn(queries, key, minted));
      if (stored.kind !== "stored") return stored;
      return announced({ key: stored.key, secret, version: stored.version });
    },
    async rotate(rotation, actor) {
      const { id } = rotation;
      // Its tenant is in its handle or not: the new one's is only to be told apart.
      const owner = id.replace(/-[0-9a-f]{12}$/, "");
      const { secret, minted } = mint(owner, { nowEpochMs: nowEpochMs(), actor });
      const stored = await sql
        .transaction((queries) => rotateKeyIn(queries, rotation, minted))
        .catch(refusalIn);
      if (stored.kind !== "stored") return stored;
      const { key, version, endsAtEpochMs } = stored;
      return announced({ key, secret, version, replaced: { id, endsAtEpochMs } });
    },
    async revoke(id, actor) {
      const asked = { nowEpochMs: nowEpochMs(), actor };
      const done = await sql.transaction((queries) => revokeKeyIn(queries, id, asked));
      // Announced even if nothing changed: the announcement of an earlier attempt may have been lost.
      return "kind" in done ? done : announced(done);
    },
  };
}

function mint(
  named: string,
  asked: Pick<Minted, "nowEpochMs" | "actor">,
): { readonly secret: string; readonly minted: Minted } {
  const secret = `fl-${randomBytes(secretBytes).toString("base64url")}`;
  const id = `${named.slice(0, handleTenantMax)}-${randomBytes(handleBytes).toString("hex")}`;
  return { secret, minted: { ...asked, id, sha256: hash("sha256", secret, "hex") } };
}

function refusalIn(error: unknown): KeyRefusal {
  if (error instanceof KeyRefused) return error.refusal;
  throw error;
}
