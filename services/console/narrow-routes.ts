// Keeping a tenant to some of a pool's workers, and giving it all again. A router may have reasons not to, and its word
// comes as no reply: so it is told until it is seen to have done it, for a second at most, and the answer says what was
// seen, pool by pool.

import { setTimeout as sleep } from "node:timers/promises";
import type { PoolId, TenantId } from "#shared/model/ids.ts";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, errorReply, jsonReply } from "./admin-reply.ts";
import type { AdminCall, AdminRoute } from "./admin-routes.ts";
import { audited } from "./tenants/audit-routes.ts";
import type { PoolStatus, TenantCommandOutcome, Told } from "./platform-view.ts";

export const narrowRoutes: readonly AdminRoute[] = [
  {
    method: "POST",
    path: /^\/admin\/v1\/tenants\/([^/]+)\/narrow$/,
    parameters: ["pool", "workers"],
    answer: narrow,
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/tenants\/([^/]+)\/widen$/,
    parameters: ["pool"],
    answer: widen,
  },
];

const patienceMs = 1000;
const sayEveryMs = 250;
const lookEveryMs = 25;
/** As a router keeps it (`services/router/narrowings.ts`). */
const narrowedMax = 4;

interface Refusal {
  readonly pool: PoolId;
  readonly why: string;
  /** Absent: it may still do it. */
  readonly isFinal?: true;
}

async function narrow(call: AdminCall): Promise<AdminReply> {
  const { ports, id, query } = call;
  const tenant = id as TenantId;
  const pool = query.word("pool") as PoolId | undefined;
  // 0 stands for what was not asked for: a count is at least 1.
  const asked = query.count("workers", { fallback: 0, max: 10_000 });
  const workers = asked === 0 ? undefined : asked;
  await refuseUnknown(call, pool);
  await audited(call, "narrow tenant", { tenant, pool, workers });
  const say = () => ports.tenantControl.narrow(tenant, { pool, workers });
  const found = await until(knowing(say, id, pool), async () => {
    const pools = (await ports.view.pools()).told.filter((one) => isAsked(one, pool));
    const refused = pools.flatMap((one) => refusalOf(one, tenant, workers) ?? []);
    return { pools, refused, isOver: refused.every(({ isFinal }) => isFinal === true) };
  });
  const refused = found.refused.map(({ pool: at, why }) => ({ pool: at, why }));
  const narrowed = found.pools.flatMap((one) =>
    refused.some(({ pool: at }) => at === one.pool)
      ? []
      : [{ pool: one.pool, workers: wantedOf(one, workers), of: one.workers }],
  );
  if (narrowed.length > 0) return jsonReply({ tenant, narrowed, refused });
  const code = found.isOver ? "cannot_narrow" : "no_answer";
  const reasons = refused.map(({ pool: at, why }) => `${at}: ${why}`).join("; ");
  return errorReply(code, `${id} is not narrowed (${reasons}).`, { refused });
}

async function widen(call: AdminCall): Promise<AdminReply> {
  const { ports, id, query } = call;
  const tenant = id as TenantId;
  const pool = query.word("pool") as PoolId | undefined;
  await refuseUnknown(call, pool);
  await audited(call, "widen tenant", { tenant, pool });
  const say = () => ports.tenantControl.widen(tenant, pool);
  const { still } = await until(knowing(say, id, pool), async () => {
    const { told } = await ports.view.pools();
    const held = told.filter((one) => isAsked(one, pool) && standingOf(one, tenant) !== undefined);
    return { still: held, isOver: held.length === 0 };
  });
  if (still.length === 0) return jsonReply({ tenant, pool });
  const where = still.map(({ pool: at }) => at).join(", ");
  throw new AdminError("no_answer", `${id} is still narrowed in ${where}: no answer from there.`);
}

/** Before it is audited: nothing is done to what is not there. Who does not answer may know it. */
async function refuseUnknown({ ports: { view }, id }: AdminCall, pool?: PoolId): Promise<void> {
  const [tenants, pools] = await Promise.all([view.tenants(), view.pools()]);
  const isWhole = ({ silent, omitted }: Told<unknown>) => silent.length === 0 && omitted === 0;
  if (isWhole(tenants) && !tenants.told.some(({ tenant }) => tenant === id)) throw noTenant(id);
  if (pool === undefined || !isWhole(pools)) return;
  if (!pools.told.some((one) => one.pool === pool)) throw noPool(pool);
}

const noTenant = (id: string): AdminError =>
  new AdminError("unknown_tenant", `There is no tenant ${id}.`);
const noPool = (pool: string): AdminError =>
  new AdminError("unknown_pool", `There is no pool ${pool}.`);

/** What is said may be lost, and is said again. */
async function until<Found extends { readonly isOver: boolean }>(
  say: () => void,
  look: () => Promise<Found>,
): Promise<Found> {
  const beganMs = performance.now();
  for (let round = 0; ;) {
    const passedMs = performance.now() - beganMs;
    if (passedMs >= round * sayEveryMs) {
      say();
      round += 1;
    }
    await sleep(lookEveryMs);
    const found = await look();
    if (found.isOver || passedMs >= patienceMs) return found;
  }
}

const isAsked = (one: PoolStatus, pool: PoolId | undefined): boolean =>
  pool === undefined || one.pool === pool;

const standingOf = ({ narrowed }: PoolStatus, tenant: TenantId) =>
  narrowed.find((one) => one.tenant === tenant);

const wantedOf = (pool: PoolStatus, workers: number | undefined): number =>
  workers ?? Math.ceil(pool.workers / 4);

/** Undefined: it was done. */
function refusalOf(
  status: PoolStatus,
  tenant: TenantId,
  workers: number | undefined,
): Refusal | undefined {
  const { pool, state, workers: of, narrowed } = status;
  if (state === "not-placed") return { pool, why: "no router has it now" };
  const standing = standingOf(status, tenant);
  const wanted = wantedOf(status, workers);
  if (of < 2)
    return { pool, why: `it has ${of === 0 ? "no worker" : "one worker"}`, isFinal: true };
  if (wanted >= of) return { pool, why: `it has only ${of} workers`, isFinal: true };
  if (standing?.by === "operator" && standing.workers === wanted) return undefined;
  if (standing === undefined && narrowed.length >= narrowedMax) {
    return { pool, why: `${narrowedMax} tenants are narrowed there already`, isFinal: true };
  }
  return { pool, why: "its router has not done it" };
}

/** Said, or thrown what is unknown. */
const knowing =
  (say: () => TenantCommandOutcome, id: string, pool = "") =>
  (): void => {
    const outcome = say();
    if (outcome === "unknown-tenant") throw noTenant(id);
    if (outcome === "unknown-pool") throw noPool(pool);
  };
