// The desired state in the database: replaced whole, in one transaction, with a new version and an audit row; or
// left untouched if nothing differs. Readers see one version, never half of a change.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { CatalogueTerms } from "#shared/model/catalogue.ts";
import type { Adapter, Fleet, Model, Tenant, TokenizerChoice } from "#shared/model/fleet.ts";
import type { FleetDiff } from "#shared/model/fleet-diff.ts";
import type { ServiceTerms, TenantLimits, TenantPolicy } from "#shared/model/tenant-policy.ts";
import type { AliasRefusal, AliasWish } from "#shared/model/alias-desk.ts";
import { aliasesOfFleet, setAliasIn } from "./alias-store.ts";
import type { DesiredFleet, Tier } from "./desired-fleet.ts";
import { fleetDigest } from "./desired-fleet.ts";
import type { Row, SectionRows, Within } from "./fleet-diff.ts";
import { fleetDiff, noDiff, putWithin } from "./fleet-diff.ts";
import { keysIn } from "./key-store.ts";
import type { HistoryProblem } from "./model-versions.ts";
import { judgeHistory, rememberVersions } from "./model-versions.ts";
import { standingRollouts, withRollouts } from "./standing-rollouts.ts";
import { termsOf } from "./service-terms.ts";
import type { Applied, Throttle } from "./throttle-store.ts";
import { withTrials } from "./standing-trials.ts";
import { readyUploads, triedUploads } from "./uploaded-adapters.ts";
import { throttleIn } from "./throttle-store.ts";

export interface FleetChange extends Applied {
  readonly diff: FleetDiff;
}

export interface RegistryStore {
  /** `actor`: who asked, for the audit. With problems nothing was changed. */
  apply(fleet: DesiredFleet, actor: string): Promise<FleetChange | WithProblems>;
  /** What that would change; changes nothing. The version is the one that stands, 0 where there is none. */
  preview(fleet: DesiredFleet): Promise<FleetChange | WithProblems>;
  setAlias(wish: AliasWish, actor: string): Promise<Applied | AliasRefusal>;
  /** 1 to 99; 100 takes a throttle back. Undefined: the fleet has no such tenant. */
  throttle(throttle: Throttle, actor: string): Promise<Applied | undefined>;
  /** Undefined: nothing has been applied yet. */
  load(): Promise<Fleet | undefined>;
}

export interface WithProblems {
  readonly problems: readonly HistoryProblem[];
}

/** Over a database that `migrate` has been run on. */
export function registryStore(sql: Sql): RegistryStore {
  return {
    apply: (fleet, actor) => sql.transaction((queries) => applyIn(queries, fleet, actor)),
    preview: (fleet) =>
      sql.transaction(async (queries) => {
        await queries.query("set transaction isolation level repeatable read, read only");
        const found = await differenceIn(queries, fleet);
        if (!found.isChanged) return found;
        const { problems } = await judgeHistory(queries, fleet);
        return problems.length > 0 ? { problems } : found;
      }),
    setAlias: (wish, actor) => sql.transaction((queries) => setAliasIn(queries, wish, actor)),
    throttle: (throttle, actor) =>
      sql.transaction((queries) => throttleIn(queries, throttle, actor)),
    load: () =>
      sql.transaction(async (queries) => {
        await queries.query("set transaction isolation level repeatable read");
        return loadIn(queries);
      }),
  };
}

async function differenceIn(queries: SqlQueries, fleet: DesiredFleet): Promise<FleetChange> {
  const [latest] = await queries.query(
    "select version, digest from fleet_versions order by version desc limit 1",
  );
  const version = Number(latest?.["version"] ?? 0);
  if (latest?.["digest"] === fleetDigest(fleet)) return { version, isChanged: false, diff: noDiff };
  const sections: SectionRows[] = [];
  for (const { name, key = ["id"], rowsOf, within } of tables) {
    const before = await queries.query(`select to_jsonb(standing) as row from ${name} standing`);
    const rows = {
      section: name,
      key,
      before: before.map(({ row }) => row as Row),
      after: rowsOf(fleet),
    };
    if (within === undefined) sections.push(rows);
    else putWithin(sections, rows, within);
  }
  return { version, isChanged: true, diff: fleetDiff(sections) };
}

async function applyIn(
  queries: SqlQueries,
  fleet: DesiredFleet,
  actor: string,
): Promise<FleetChange | WithProblems> {
  // Two that apply at once take turns.
  await queries.query("lock table fleet_versions in exclusive mode");
  const found = await differenceIn(queries, fleet);
  if (!found.isChanged) return found;
  const { diff } = found;
  const version = found.version + 1;
  const digest = fleetDigest(fleet);
  const { problems, deprecatedAtEpochMs } = await judgeHistory(queries, fleet);
  if (problems.length > 0) return { problems };
  const dated = datedBy(fleet, deprecatedAtEpochMs);
  for (const table of tables.toReversed()) await queries.query(`delete from ${table.name}`);
  for (const { name, columns, rowsOf } of tables) {
    await queries.query(
      `insert into ${name} select * from json_to_recordset($1::text::json) as given(${columns})`,
      [JSON.stringify(rowsOf(dated))],
    );
  }
  await rememberVersions(queries, fleet);
  await queries.query("insert into fleet_versions (version, digest) values ($1, $2)", [
    version,
    digest,
  ]);
  const changes = Object.fromEntries(diff.sections.map(({ section, counts }) => [section, counts]));
  const detail = { version, digest, ...sizesOf(fleet), changes };
  await writeAudit(queries, { actor, action: "apply fleet", detail });
  return { version, isChanged: true, diff };
}

const datedBy = (fleet: DesiredFleet, sinceEpochMs: ReadonlyMap<string, number>): DesiredFleet => ({
  ...fleet,
  models: fleet.models.map((model) => {
    const deprecatedAtEpochMs = sinceEpochMs.get(model.id);
    return deprecatedAtEpochMs === undefined ? model : { ...model, deprecatedAtEpochMs };
  }),
});

const sizesOf = (fleet: DesiredFleet): Readonly<Record<string, number>> => ({
  tenants: fleet.tenants.length,
  keys: fleet.keys.length,
  models: fleet.models.length,
  pools: fleet.pools.length,
  workers: fleet.workers.length,
  adapters: fleet.adapters.length,
  ...(fleet.aliases === undefined ? {} : { aliases: fleet.aliases.length }),
});

interface Table {
  readonly name: string;
  /** In the order of the table's own columns. */
  readonly columns: string;
  /** What tells one row from another. Absent: `id`. */
  readonly key?: readonly string[];
  /** In a diff its rows are a list in an entry of another section, that of `tables`' earlier one. */
  readonly within?: Within;
  readonly rowsOf: (fleet: DesiredFleet) => readonly Readonly<Record<string, unknown>>[];
}

/** Each may refer to earlier ones. */
const tables: readonly Table[] = [
  {
    name: "tiers",
    columns: "id text, weight int, band int, limits jsonb, terms jsonb",
    rowsOf: ({ tiers }) =>
      tiers.map((tier) => {
        const { id, weight, band, limits } = tier;
        return { id, weight, band, limits, terms: termsOf(tier) };
      }),
  },
  {
    name: "tenants",
    columns:
      "id text, tier text, trust_group text, limits jsonb, terms jsonb, pool text, system_prompts jsonb",
    rowsOf: ({ tenants, tiers }) => tenants.map((tenant) => tenantRow(tenant, tiers)),
  },
  {
    name: "keys",
    columns:
      "id text, tenant text, sha256 text, revoked boolean, expires_at_ms float8, models jsonb, scopes jsonb",
    rowsOf: ({ keys }) =>
      keys.map(({ expiresAtEpochMs, ...key }) => ({ ...key, expires_at_ms: expiresAtEpochMs })),
  },
  {
    name: "models",
    columns:
      "id text, version text, tokenizer text, context_tokens_max int, output_tokens_default int, created_at_epoch_s bigint, shape jsonb, catalogue jsonb",
    rowsOf: ({ models }) =>
      models.map((model) => ({
        id: model.id,
        version: model.version,
        tokenizer: writeTokenizer(model.tokenizer),
        context_tokens_max: model.contextTokensMax,
        output_tokens_default: model.outputTokensDefault,
        created_at_epoch_s: model.createdAtEpochS,
        shape: model.shape,
        catalogue: catalogueOf(model),
      })),
  },
  {
    name: "tenant_models",
    columns: "tenant text, model text",
    key: ["tenant"],
    within: { section: "tenants", field: "models", value: "model" },
    rowsOf: ({ tenants }) =>
      tenants.flatMap(({ policy, models }) =>
        [...new Set(models)].map((model) => ({ tenant: policy.tenant, model })),
      ),
  },
  {
    name: "pools",
    columns: "id text, model text, region text, class text, policy text, cost jsonb",
    rowsOf: ({ pools }) =>
      pools.map((pool) => ({
        id: pool.id,
        model: pool.model,
        region: pool.region,
        class: pool.class,
        policy: pool.policy,
        cost: pool.cost,
      })),
  },
  {
    name: "workers",
    columns: "id text, pool text, zone text, host text, engine jsonb",
    rowsOf: ({ workers }) =>
      workers.map(({ id, pool, zone, host, engine }) => ({ id, pool, zone, host, engine })),
  },
  {
    name: "adapters",
    columns: "name text, model text, digest text, bytes bigint",
    key: ["model", "name", "digest"],
    rowsOf: ({ adapters }) =>
      adapters.map(({ name, model, digest, bytes }) => ({ name, model, digest, bytes })),
  },
  {
    name: "adapter_tenants",
    columns: "model text, name text, digest text, tenant text",
    key: ["model", "name", "digest"],
    within: { section: "adapters", field: "tenants", value: "tenant" },
    rowsOf: ({ adapters }) =>
      adapters.flatMap(({ name, model, digest, tenants }) =>
        tenants.map((tenant) => ({ model, name, digest, tenant })),
      ),
  },
  {
    name: "issuers",
    columns: "id text, spec jsonb",
    rowsOf: ({ issuers = [] }) => issuers.map((spec) => ({ id: spec.id, spec })),
  },
  {
    name: "aliases",
    key: ["name", "tenants"],
    columns: "name text, target text, tenants jsonb, system_prompt text",
    rowsOf: ({ aliases = [] }) =>
      aliases.map(({ name, target, tenants, systemPrompt }) => ({
        name,
        target,
        tenants: tenants ?? null,
        system_prompt: systemPrompt,
      })),
  },
];

/** All of a model that is not in a column of its own. */
function catalogueOf({
  id: _id,
  version: _version,
  tokenizer: _tokenizer,
  contextTokensMax: _contextTokensMax,
  outputTokensDefault: _outputTokensDefault,
  createdAtEpochS: _createdAtEpochS,
  shape: _shape,
  ...terms
}: Model): CatalogueTerms {
  return terms;
}

/** Only what differs from the tier is the tenant's own. */
function tenantRow(
  { policy, trustGroup, pool, systemPrompts }: Tenant,
  tiers: readonly Tier[],
): Readonly<Record<string, unknown>> {
  const tier = tiers.find(({ id }) => id === policy.tier);
  const own = Object.entries(policy.limits).filter(
    ([name, value]) => tier?.limits[name as keyof TenantLimits] !== value,
  );
  return {
    id: policy.tenant,
    tier: policy.tier,
    trust_group: trustGroup,
    limits: Object.fromEntries(own),
    terms: ownTerms(policy, tier),
    pool,
    system_prompts: systemPrompts,
  };
}

/** What a tenant may say for itself, each as a whole. */
const tenantTerms = ["kvBudget", "quotas", "alertWebhooks", "residency", "uploads"] as const;

function ownTerms(policy: TenantPolicy, tier: Tier | undefined): ServiceTerms {
  const differing = tenantTerms.filter(
    (name) =>
      policy[name] !== undefined && JSON.stringify(policy[name]) !== JSON.stringify(tier?.[name]),
  );
  return Object.fromEntries(differing.map((name) => [name, policy[name]]));
}

/** A file's is JSON, which no name begins like. */
const writeTokenizer = (choice: TokenizerChoice): string =>
  typeof choice === "string" ? choice : JSON.stringify(choice);

const readTokenizer = (text: string): unknown => (text.startsWith("{") ? JSON.parse(text) : text);

/** What was not said is absent, as it was. */
const withoutNulls = (row: SqlRow): SqlRow =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

const issuersOf = (rows: readonly SqlRow[]): object =>
  rows.length === 0 ? {} : { issuers: rows.map(({ spec }) => spec) };
/** None at all is not an empty list: a fleet that has none says nothing of it. */
const aliasesIn = (rows: readonly SqlRow[]): { readonly aliases?: readonly SqlRow[] } =>
  rows.length === 0 ? {} : { aliases: rows.map(withoutNulls) };

export async function loadIn(queries: SqlQueries): Promise<Fleet | undefined> {
  const [latest] = await queries.query("select max(version) as version from fleet_versions");
  if (latest?.["version"] === null || latest === undefined) return undefined;
  const rows = (text: string): Promise<readonly SqlRow[]> => queries.query(text);
  const fleet = {
    version: Number(latest["version"]),
    tenants: (
      await rows(
        `select t.id, t.tier, t.trust_group, r.weight, r.band, r.limits || t.limits as limits,
           r.terms || t.terms as terms, h.percent as throttle, t.pool, t.system_prompts,
           (select json_agg(m.model order by m.model) from tenant_models m where m.tenant = t.id) as models
         from tenants t join tiers r on r.id = t.tier
         left join throttles h on h.tenant = t.id order by t.id`,
      )
    ).map((row) => ({
      policy: {
        tenant: row["id"],
        tier: row["tier"],
        weight: row["weight"],
        band: row["band"],
        limits: row["limits"],
        ...(row["terms"] as ServiceTerms),
        ...(row["throttle"] === null ? {} : { throttlePercent: row["throttle"] }),
      },
      trustGroup: row["trust_group"],
      models: row["models"],
      ...withoutNulls({ pool: row["pool"] ?? null, systemPrompts: row["system_prompts"] ?? null }),
    })),
    keys: await keysIn(queries),
    models: (
      await rows(
        `select id, version, tokenizer, context_tokens_max as "contextTokensMax",
         output_tokens_default as "outputTokensDefault",
         created_at_epoch_s::float8 as "createdAtEpochS", shape, catalogue
       from models order by id`,
      )
    ).map(({ catalogue, ...row }) => ({
      ...withoutNulls(row),
      ...(catalogue as CatalogueTerms),
      tokenizer: readTokenizer(String(row["tokenizer"])),
    })),
    pools: (await rows("select id, model, region, class, policy, cost from pools order by id")).map(
      withoutNulls,
    ),
    workers: await rows("select id, pool, zone, host, engine from workers order by id"),
    adapters: [
      ...(await rows(
        `select a.name, a.digest, a.model, a.bytes::float8 as bytes,
           (select json_agg(t.tenant order by t.tenant) from adapter_tenants t
            where (t.model, t.name, t.digest) = (a.model, a.name, a.digest)) as tenants
         from adapters a order by a.model, a.name, a.digest`,
      )),
      ...(await rows(readyUploads)),
    ],
    ...issuersOf(await rows("select spec from issuers order by id")),
    ...aliasesIn(await rows(aliasesOfFleet)),
  };
  // The rows were written from these very types, and the database's checks hold what they promise.
  const rolled = withRollouts(fleet as unknown as Fleet, await standingRollouts(queries));
  return withTrials(rolled, (await rows(triedUploads)) as unknown as readonly Adapter[]);
}
