// Keys in the database: those of the fleet file, those made by command beside it, and the ends that commands gave to either. A
// fleet file neither adds nor removes what commands did. Every change is a new version of the desired state with an audit row.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { ApiKey, KeyTerms } from "#shared/model/api-key.ts";
import type {
  KeyRefusal,
  KeyRevoked,
  KeyStanding,
  NewKey,
  RotateKey,
} from "#shared/model/key-desk.ts";
import { nextVersion, standingVersion, takeTurns } from "./fleet-versions.ts";

/** Live ones of one tenant that commands made; what the fleet file has is the operator's own affair. */
export const keysMax = 100;
/** Of a tenant's ended ones that can still be listed, and are told why they open nothing. */
const endedKeysMax = 100;

/** The file's key goes first where handle or key are the same. Ends are by the key itself: no new handle escapes one. */
const standingKeys = `
  select k.id, k.tenant, k.sha256, k.revoked or coalesce(e.revoked, false) as revoked,
    least(k.expires_at_ms, e.ends_at_ms) as "expiresAtEpochMs", k.models, k.scopes,
    k.created_at_ms as "createdAtEpochMs"
  from (
    select id, tenant, sha256, revoked, expires_at_ms, models, scopes, null::float8 as created_at_ms
    from keys
    union all
    select m.id, m.tenant, m.sha256, false, m.expires_at_ms, m.models, m.scopes, m.created_at_ms
    from made_keys m
    where exists (select 1 from tenants t where t.id = m.tenant)
      and not exists (select 1 from keys f where f.id = m.id or f.sha256 = m.sha256)
  ) k left join key_ends e on e.sha256 = k.sha256`;

interface StandingKey extends ApiKey {
  readonly createdAtEpochMs?: number;
}

/** What was not said is absent, as it was. */
const keyOf = (row: SqlRow): StandingKey =>
  Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null),
  ) as unknown as StandingKey;

/** As edges read them. */
export async function keysIn(queries: SqlQueries): Promise<readonly ApiKey[]> {
  const rows = await queries.query(`${standingKeys} order by k.id`);
  return rows.map((row) => {
    const { createdAtEpochMs: _, ...key } = keyOf(row);
    return key;
  });
}

export async function listKeysIn(
  queries: SqlQueries,
  tenant: string | undefined,
  nowEpochMs: number,
): Promise<readonly KeyStanding[]> {
  const rows = await queries.query(
    `${standingKeys} where $1::text is null or k.tenant = $1::text order by k.tenant, k.id`,
    [tenant ?? null],
  );
  return rows.map((row) => standingOf(keyOf(row), nowEpochMs));
}

function standingOf(key: StandingKey, nowEpochMs: number): KeyStanding {
  const { sha256: _, revoked, createdAtEpochMs, ...shown } = key;
  const made = createdAtEpochMs === undefined ? {} : { createdAtEpochMs };
  const from = createdAtEpochMs === undefined ? "file" : "command";
  return { ...shown, state: stateOf({ ...shown, revoked }, nowEpochMs), from, ...made };
}

export const stateOf = (
  { revoked, expiresAtEpochMs = Infinity }: Pick<ApiKey, "revoked" | "expiresAtEpochMs">,
  nowEpochMs: number,
): KeyStanding["state"] => {
  if (revoked) return "revoked";
  return expiresAtEpochMs <= nowEpochMs ? "expired" : "live";
};

/** A secret that is not known here, by its hash and its handle. */
export interface Minted {
  readonly id: string;
  readonly sha256: string;
  readonly nowEpochMs: number;
  /** Who asked, for the audit. */
  readonly actor: string;
}

export interface KeyStored {
  readonly kind: "stored";
  readonly key: KeyStanding;
  readonly version: number;
}

export async function createKeyIn(
  queries: SqlQueries,
  key: NewKey,
  minted: Minted,
): Promise<KeyStored | KeyRefusal> {
  await takeTurns(queries);
  const { tenant, ...terms } = key;
  const unfit = await unfitIn(queries, key);
  if (unfit !== undefined) return unfit;
  const stored = await insertIn(queries, key, minted);
  if (stored !== undefined) return stored;
  const version = await nextVersion(queries);
  const detail = { key: minted.id, tenant, version, ...terms };
  await writeAudit(queries, { actor: minted.actor, action: "create key", detail });
  return { kind: "stored", key: madeStanding(key, minted), version };
}

const madeStanding = (key: NewKey, { id, nowEpochMs }: Minted): KeyStanding => ({
  id,
  ...key,
  state: "live",
  from: "command",
  createdAtEpochMs: nowEpochMs,
});

async function unfitIn(
  queries: SqlQueries,
  { tenant, models = [] }: NewKey,
): Promise<KeyRefusal | undefined> {
  const known = await queries.query("select id from tenants where id = $1", [tenant]);
  if (known.length === 0) return { kind: "unknown-tenant" };
  const rows = await queries.query(
    "select model from tenant_models where tenant = $1 order by model",
    [tenant],
  );
  const own = rows.map(({ model }) => String(model));
  const foreign = models.find((name) => !own.includes(baseOf(name)));
  return foreign === undefined ? undefined : { kind: "unknown-model", model: foreign, known: own };
}

/** No model has a colon in its name. */
const baseOf = (name: string): string => name.split(":")[0] ?? name;

async function insertIn(
  queries: SqlQueries,
  { tenant, expiresAtEpochMs, models, scopes }: NewKey,
  { id, sha256, nowEpochMs }: Minted,
): Promise<KeyRefusal | undefined> {
  await forgetEndedIn(queries, tenant, nowEpochMs);
  const [standing] = await queries.query(
    `select count(*)::int as count from made_keys m left join key_ends e on e.sha256 = m.sha256
     where m.tenant = $1 and ${isLive}`,
    [tenant, nowEpochMs],
  );
  if (Number(standing?.["count"]) >= keysMax) return { kind: "too-many", keysMax };
  await queries.query(
    `insert into made_keys (id, tenant, sha256, expires_at_ms, models, scopes, created_at_ms)
     values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb, $7)`,
    [id, tenant, sha256, expiresAtEpochMs ?? null, json(models), json(scopes), nowEpochMs],
  );
  return undefined;
}

const json = (list: readonly string[] | undefined): string | null =>
  list === undefined ? null : JSON.stringify(list);

/** Of `m` and its end `e`, at the moment `$2`. */
const isLive = `not coalesce(e.revoked, false)
  and coalesce(least(m.expires_at_ms, e.ends_at_ms), 'infinity'::float8) > $2::float8`;

/** Their ends stay: what was revoked is revoked for good, also if a fleet file should name it. */
const forgetEndedIn = (queries: SqlQueries, tenant: string, nowEpochMs: number): Promise<unknown> =>
  queries.query(
    `delete from made_keys where id in (
       select m.id from made_keys m left join key_ends e on e.sha256 = m.sha256
       where m.tenant = $1 and not (${isLive})
       order by m.created_at_ms desc, m.id offset ${endedKeysMax}
     )`,
    [tenant, nowEpochMs],
  );

async function findIn(queries: SqlQueries, id: string): Promise<StandingKey | undefined> {
  const [row] = await queries.query(`${standingKeys} where k.id = $1`, [id]);
  return row === undefined ? undefined : keyOf(row);
}

/** The new key has the old one's terms; the old one ends when the overlap does, or when it would have anyway. */
export async function rotateKeyIn(
  queries: SqlQueries,
  { id, overlapMs, expiresAtEpochMs }: RotateKey,
  minted: Minted,
): Promise<(KeyStored & { readonly endsAtEpochMs: number }) | KeyRefusal> {
  await takeTurns(queries);
  const old = await findIn(queries, id);
  if (old === undefined) return { kind: "unknown-key" };
  const state = stateOf(old, minted.nowEpochMs);
  if (state !== "live") return { kind: "ended", state };
  const { tenant } = old;
  const key: NewKey = {
    tenant,
    ...termsOf({ ...old, ...(expiresAtEpochMs === undefined ? {} : { expiresAtEpochMs }) }),
  };
  // Before the new one counts: the place of a key that ends now is free.
  const endsAtEpochMs = Math.min(old.expiresAtEpochMs ?? Infinity, minted.nowEpochMs + overlapMs);
  await endIn(queries, old, { revoked: false, endsAtEpochMs });
  const stored = await insertIn(queries, key, minted);
  if (stored !== undefined) throw new KeyRefused(stored);
  const version = await nextVersion(queries);
  const detail = { key: minted.id, replaces: id, tenant, version, endsAtEpochMs };
  await writeAudit(queries, { actor: minted.actor, action: "rotate key", detail });
  return { kind: "stored", key: madeStanding(key, minted), version, endsAtEpochMs };
}

/** Thrown to take back what the transaction did. */
export class KeyRefused extends Error {
  readonly refusal: KeyRefusal;

  constructor(refusal: KeyRefusal) {
    super(refusal.kind);
    this.name = "KeyRefused";
    this.refusal = refusal;
  }
}

const termsOf = ({ expiresAtEpochMs, models, scopes }: KeyTerms): KeyTerms => ({
  ...(expiresAtEpochMs === undefined ? {} : { expiresAtEpochMs }),
  ...(models === undefined ? {} : { models }),
  ...(scopes === undefined ? {} : { scopes }),
});

export async function revokeKeyIn(
  queries: SqlQueries,
  id: string,
  { nowEpochMs, actor }: Pick<Minted, "nowEpochMs" | "actor">,
): Promise<KeyRevoked | KeyRefusal> {
  await takeTurns(queries);
  const key = await findIn(queries, id);
  if (key === undefined) return { kind: "unknown-key" };
  const { tenant } = key;
  if (key.revoked) return { id, tenant, version: await standingVersion(queries), isChanged: false };
  await endIn(queries, key, { revoked: true, endsAtEpochMs: nowEpochMs });
  const version = await nextVersion(queries);
  await writeAudit(queries, { actor, action: "revoke key", detail: { key: id, tenant, version } });
  return { id, tenant, version, isChanged: true };
}

/** An end only ever comes nearer. */
const endIn = (
  queries: SqlQueries,
  { sha256, tenant }: ApiKey,
  { revoked, endsAtEpochMs }: { readonly revoked: boolean; readonly endsAtEpochMs: number },
): Promise<unknown> =>
  queries.query(
    `insert into key_ends (sha256, tenant, revoked, ends_at_ms) values ($1, $2, $3, $4)
     on conflict (sha256) do update set
       revoked = key_ends.revoked or excluded.revoked,
       ends_at_ms = least(key_ends.ends_at_ms, excluded.ends_at_ms)`,
    [sha256, tenant, revoked, endsAtEpochMs],
  );
