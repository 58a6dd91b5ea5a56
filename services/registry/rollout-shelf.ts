// Rollouts in the database: beside the fleet, not in it, so that applying a fleet file neither begins nor undoes one. Each change
// of stage is a new version of the desired state with an audit row, fenced by the record's revision.

import { writeAudit } from "#shared/ledger/audit/audit.ts";
import type { Sql, SqlQueries, SqlRow } from "#shared/ledger/sql/sql.ts";
import type { RolloutChange, RolloutRecord } from "#shared/model/rollout.ts";
import { isSettled, rolledName } from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import type {
  KeptRollout,
  NewRollout,
  RolloutBegun,
  RolloutShelf,
} from "#shared/model/rollout-shelf.ts";
import { announceFleet } from "./fleet-watch.ts";
import type { RegistryPorts } from "./registry.ts";
import { loadIn } from "./registry-store.ts";
import type { JudgedWish } from "./rollout-wish.ts";
import { judgeWish } from "./rollout-wish.ts";
import { nextVersion, standingVersion, takeTurns } from "./fleet-versions.ts";

const liveMax = 16;
/** Older ones that are over are forgotten, but for what names mean. */
const keptMax = 1_000;

export function rolloutShelf({
  sql,
  coordination,
}: Pick<RegistryPorts, "sql" | "coordination">): RolloutShelf {
  const announced = async (version: number | undefined): Promise<void> => {
    if (version !== undefined) await announceFleet(coordination, version);
  };
  return {
    async begin(wish, actor) {
      const { begun, version } = await sql.transaction((queries) => beginIn(queries, wish, actor));
      await announced(version);
      return begun;
    },
    async keep(change, progress) {
      const version = await sql.transaction((queries) => keepIn(queries, change, progress));
      // Also of one that was kept already: its announcement may have been lost.
      await announced(version);
      return version !== undefined;
    },
    async keepProgress({ id, revision }, progress) {
      await sql.query(
        `update rollout_books b set progress = $3::text::jsonb
         from rollouts r where r.id = b.id and r.id = $1 and r.revision = $2`,
        [id, revision, JSON.stringify(progress)],
      );
    },
    list: async (limit) =>
      (
        await sql.query(`select ${columns} from rollouts r order by started_at desc, id limit $1`, [
          limit,
        ])
      ).map(recordOf),
    find: async (id) => (await keptWhere(sql, "r.id = $1", [id]))[0],
    unsettled: () => keptWhere(sql, "r.state in ('live', 'paused')", []),
  };
}

const columns = `r.id, r.model, r.name, r.tenant, r.from_digest as "from", r.to_digest as "to",
  r.from_model as "fromModel", r.to_model as "toModel", r.state, r.stage, r.share,
  r.shadow_share as "shadowShare", r.revision, r.reason,
  floor(extract(epoch from r.started_at) * 1000)::float8 as "startedAtEpochMs",
  floor(extract(epoch from r.ended_at) * 1000)::float8 as "endedAtEpochMs"`;

/** What was written is read: the table's checks hold the rest. */
const recordOf = (row: SqlRow): RolloutRecord =>
  Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== null),
  ) as unknown as RolloutRecord;

async function keptWhere(
  sql: Sql,
  where: string,
  values: readonly string[],
): Promise<readonly KeptRollout[]> {
  const rows = await sql.query(
    `select ${columns}, b.plan, b.progress from rollouts r join rollout_books b on b.id = r.id
     where ${where} order by r.started_at, r.id`,
    values,
  );
  return rows.map(({ plan, progress, ...row }) => ({
    record: recordOf(row),
    plan: plan as KeptRollout["plan"],
    ...(progress === null ? {} : { progress: progress as unknown as RolloutProgress }),
  }));
}

type Possible = Extract<JudgedWish, { kind: "possible" }>;

interface Begun {
  readonly begun: RolloutBegun;
  readonly version?: number;
}

async function beginIn(queries: SqlQueries, wish: NewRollout, actor: string): Promise<Begun> {
  await takeTurns(queries);
  const fleet = await loadIn(queries);
  const judged = fleet === undefined ? undefined : judgeWish(fleet, wish);
  if (judged === undefined) return refused("bad_rollout", "No fleet has been applied yet.");
  if (judged.kind === "refused") return { begun: judged };
  const { id, model, name, tenant, plan } = wish;
  const live = await queries.query(
    "select id, model, name, tenant from rollouts where state in ('live', 'paused')",
  );
  const rival = live.find(
    (one) =>
      one["model"] === model &&
      one["name"] === name &&
      (one["tenant"] === null || tenant === undefined || one["tenant"] === tenant),
  );
  if (rival !== undefined) {
    const why = `Rollout ${String(rival["id"])} of ${rolledName(wish)} is under way: abort it first, or wait for its end.`;
    return refused("rollout_running", why);
  }
  if (live.length >= liveMax) {
    return refused("too_many_rollouts", `${liveMax} rollouts are under way: no more at once.`);
  }
  await write(queries, wish, judged);
  await forgetOld(queries);
  const version = await nextVersion(queries);
  const [record] = await queries.query(`select ${columns} from rollouts r where r.id = $1`, [id]);
  if (record === undefined) throw new Error("the database lost the rollout that it just took");
  const { stages, golden, ...terms } = plan;
  const { kind: _, ...versions } = judged;
  const detail = { version, rollout: id, model, name, tenant, ...versions };
  await writeAudit(queries, {
    actor,
    action: "begin rollout",
    detail: { ...detail, stages, ...terms, goldenPrompts: golden.length },
  });
  return { begun: { kind: "begun", record: recordOf(record) }, version };
}

async function write(queries: SqlQueries, wish: NewRollout, judged: Possible): Promise<void> {
  const { id, model, name, tenant, plan } = wish;
  const first = plan.stages[0];
  await queries.query(
    `insert into rollouts (id, model, name, tenant, from_digest, to_digest, from_model, to_model, state, stage, share,
       shadow_share, revision, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'live', 0, $9, $10, 1, 'begun')`,
    [
      id,
      model,
      name,
      tenant ?? null,
      judged.from,
      judged.to,
      judged.fromModel ?? null,
      judged.toModel ?? null,
      first?.share ?? 0,
      first?.shadowShare ?? 0,
    ],
  );
  await queries.query("insert into rollout_books (id, plan) values ($1, $2::text::jsonb)", [
    id,
    JSON.stringify(plan),
  ]);
}

const refused = (code: "rollout_running" | "too_many_rollouts" | "bad_rollout", why: string) =>
  ({ begun: { kind: "refused", code, why } }) as const;

/** Undefined: it is not the record that the change was decided on. */
async function keepIn(
  queries: SqlQueries,
  change: RolloutChange,
  progress: RolloutProgress,
): Promise<number | undefined> {
  await takeTurns(queries);
  const { id, revision, state, stage, share, shadowShare, reason, actor } = change;
  const [standing] = await queries.query(
    "select revision, state, share, stage from rollouts where id = $1",
    [id],
  );
  const isKept = standing?.["revision"] === revision && standing["state"] === state;
  if (isKept && standing["share"] === share && standing["stage"] === stage)
    return standingVersion(queries);
  const changed = await queries.query(
    `update rollouts set revision = $2, state = $3, stage = $4, share = $5, shadow_share = $6, reason = $7,
       ended_at = case when $8::boolean then now() else ended_at end
     where id = $1 and revision = $2 - 1 and state in ('live', 'paused') returning id`,
    [id, revision, state, stage, share, shadowShare, reason, isSettled(state)],
  );
  if (changed.length === 0) return undefined;
  await queries.query("update rollout_books set progress = $2::text::jsonb where id = $1", [
    id,
    JSON.stringify(progress),
  ]);
  const version = await nextVersion(queries);
  const detail = { version, rollout: id, state, stage, share, shadowShare, reason };
  await writeAudit(queries, { actor, action: "change rollout", detail });
  return version;
}

async function forgetOld(queries: SqlQueries): Promise<void> {
  await queries.query(
    `delete from rollouts where state in ('rolled-back', 'aborted') and id not in
       (select id from rollouts order by started_at desc, id limit ${keptMax})`,
  );
}
