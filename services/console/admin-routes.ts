// The admin API's routes: which path answers what. Each is a function from a parsed call to a reply.

import type { DeadLetterDesk } from "#shared/bus/dead-letter-desk.ts";
import type { AuditLog } from "#shared/ledger/audit/audit.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import type { QuotaAlertBook } from "#shared/ledger/quota-alerts.ts";
import type { BillingDesk } from "#shared/model/billing-desk.ts";
import type { UsageSums } from "#shared/ledger/sums/usage-sums.ts";
import type { KeyDesk } from "#shared/model/key-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import type { RequestStory } from "#shared/telemetry/story.ts";
import type { GpuAccounts } from "./money/cost-routes.ts";
import { costRoutes } from "./money/cost-routes.ts";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, errorReply, jsonReply } from "./admin-reply.ts";
import { auditRoutes } from "./tenants/audit-routes.ts";
import { billingRoutes } from "./money/billing-routes.ts";
import { catalogueRoutes, withoutWords } from "./models/catalogue-routes.ts";
import { deadLetterRoutes } from "./machines/dead-letter-routes.ts";
import { drainRoutes } from "./machines/drain-routes.ts";
import { readyReply } from "./health-api.ts";
import { keyRoutes } from "./tenants/key-routes.ts";
import { gpuShareLines } from "./machines/gpu-status.ts";
import type { MarginDesk } from "#shared/model/margin.ts";
import { marginRoutes } from "./money/margin-routes.ts";
import { narrowRoutes } from "./narrow-routes.ts";
import type {
  DrainControl,
  FleetControl,
  PlatformView,
  PoolInUse,
  PoolStatus,
  TelemetryView,
  TenantControl,
  Told,
} from "./platform-view.ts";
import type { Query } from "./query.ts";
import { usagePlaceText } from "./query.ts";
import type { RolloutControl } from "./models/rollout-routes.ts";
import type { Reconciling } from "#shared/ledger/reconcile/reconciling.ts";
import { reconcileRoutes } from "./money/reconcile-routes.ts";
import { rolloutRoutes } from "./models/rollout-routes.ts";
import { tenantRoutes } from "./tenants/tenant-routes.ts";
import { usageRoutes } from "./usage/usage-routes.ts";

export interface AdminPorts {
  readonly view: PlatformView;
  readonly control: DrainControl;
  readonly tenantControl: TenantControl;
  readonly fleet: FleetControl;
  readonly keys: KeyDesk;
  readonly gpu: GpuAccounts;
  readonly margin: MarginDesk;
  readonly ledger: Pick<Ledger, "usageOf" | "totals">;
  readonly sums: UsageSums;
  readonly telemetry: TelemetryView;
  readonly deadLetters: DeadLetterDesk;
  readonly audit: AuditLog;
  readonly rollouts: RolloutControl;
  readonly quotaAlerts: Pick<QuotaAlertBook, "alertsOf">;
  readonly billing: BillingDesk;
  readonly reconciling: Reconciling;
}

export interface AdminCall {
  readonly ports: AdminPorts;
  readonly query: Query;
  /** The variable part of the path; empty where there is none. */
  readonly id: string;
  /** Of a call that has one. */
  readonly body: string;
}

export interface AdminRoute {
  readonly method: "GET" | "PUT" | "POST";
  /** One group: the id. */
  readonly path: RegExp;
  /** Query parameters that it knows. */
  readonly parameters?: readonly string[];
  readonly answer: (call: AdminCall) => AdminReply | Promise<AdminReply>;
}

export const adminRoutes: readonly AdminRoute[] = [
  { method: "GET", path: /^\/metrics$/, answer: metrics },
  { method: "GET", path: /^\/healthz$/, answer: () => jsonReply({ status: "alive" }) },
  { method: "GET", path: /^\/readyz$/, answer: ready },
  listing("tenants", (view) => view.tenants()),
  { method: "GET", path: /^\/admin\/v1\/workers$/, answer: workers },
  listing("pools", (view) => view.pools()),
  {
    method: "GET",
    path: /^\/admin\/v1\/fairness$/,
    parameters: ["pool"],
    answer: fairness,
  },
  { method: "GET", path: /^\/admin\/v1\/kv$/, parameters: ["pool"], answer: kv },
  { method: "GET", path: /^\/admin\/v1\/gpus$/, parameters: ["pool"], answer: gpus },
  listing("processes", (view) => view.processes()),
  {
    method: "GET",
    path: /^\/admin\/v1\/requests$/,
    parameters: ["tenant", "limit"],
    answer: recent,
  },
  { method: "GET", path: /^\/admin\/v1\/requests\/([^/]+)$/, answer: story },
  {
    method: "GET",
    path: /^\/admin\/v1\/usage$/,
    parameters: ["tenant", "request", "since", "until", "limit", "after"],
    answer: usage,
  },
  { method: "GET", path: /^\/admin\/v1\/fleet$/, answer: readFleet },
  {
    method: "PUT",
    path: /^\/admin\/v1\/fleet$/,
    parameters: ["dryRun", "force"],
    answer: applyFleet,
  },
  ...keyRoutes,
  ...tenantRoutes,
  ...catalogueRoutes,
  ...narrowRoutes,
  ...deadLetterRoutes,
  ...rolloutRoutes,
  ...drainRoutes,
  ...auditRoutes,
  ...costRoutes,
  ...marginRoutes,
  ...billingRoutes,
  ...usageRoutes,
  ...reconcileRoutes,
];

function listing(
  name: string,
  ask: (view: PlatformView) => Promise<Told<readonly unknown[]>>,
): AdminRoute {
  return {
    method: "GET",
    path: new RegExp(`^/admin/v1/${name}$`),
    answer: async ({ ports }) => {
      const rows = await ask(ports.view);
      return jsonReply({ [name]: rows.told, ...gapsIn(rows) });
    },
  };
}

/** With what their routers think of them. */
async function workers({ ports: { view } }: AdminCall): Promise<AdminReply> {
  const [rows, pools] = await Promise.all([view.workers(), view.pools()]);
  const apart = new Map(
    pools.told.flatMap((pool) => pool.apart ?? []).map(({ worker, why }) => [worker, why]),
  );
  const told = rows.told.map((row) => ({ ...row, breaker: apart.get(row.worker) ?? "closed" }));
  return jsonReply({ workers: told, ...gapsIn(rows) });
}

/** What is missing from an answer, where something is. */
const gapsIn = ({
  silent,
  omitted,
}: Told<unknown>): { readonly silent?: readonly string[]; readonly omitted?: number } => ({
  ...(silent.length === 0 ? {} : { silent }),
  ...(omitted === 0 ? {} : { omitted }),
});

/** Whether a row is of the pool that was asked for; all are if none was. */
function ofPool(
  { query }: AdminCall,
  pools: readonly PoolStatus[],
): (row: { readonly pool: string }) => boolean {
  const asked = query.word("pool");
  const known = pools.map(({ pool }) => String(pool));
  if (asked !== undefined && !known.includes(asked)) {
    throw new AdminError(
      "unknown_pool",
      `There is no pool ${asked}; there are ${known.join(", ")}.`,
    );
  }
  return ({ pool }) => asked === undefined || pool === asked;
}

async function kv(call: AdminCall): Promise<AdminReply> {
  const { view } = call.ports;
  const [tenants, workers, pools] = await Promise.all([
    view.kvTenants(),
    view.kvWorkers(),
    view.pools(),
  ]);
  const isAsked = ofPool(call, pools.told);
  return jsonReply({
    tenants: tenants.told.filter(isAsked),
    workers: workers.told.filter(isAsked),
    ...gapsIn(tenants.silent.length > workers.silent.length ? tenants : workers),
  });
}

async function gpus(call: AdminCall): Promise<AdminReply> {
  const { view } = call.ports;
  const [workers, tenants, pools] = await Promise.all([
    view.gpuWorkers(),
    view.gpuTenants(),
    view.pools(),
  ]);
  const isAsked = ofPool(call, pools.told);
  const books = { workers: workers.told.filter(isAsked), tenants: tenants.told.filter(isAsked) };
  return jsonReply({
    workers: books.workers,
    shares: gpuShareLines(books),
    ...gapsIn(tenants.silent.length > workers.silent.length ? tenants : workers),
  });
}

async function fairness(call: AdminCall): Promise<AdminReply> {
  const { ports } = call;
  const [shares, pools] = await Promise.all([ports.view.shares(), ports.view.pools()]);
  const isAsked = ofPool(call, pools.told);
  return jsonReply({
    pools: pools.told.filter(isAsked).map(({ pool: name, fairness: audit }) => ({
      pool: name,
      ...audit,
    })),
    tenants: shares.told.filter(isAsked),
    ...gapsIn(shares),
  });
}

async function metrics({ ports: { telemetry } }: AdminCall): Promise<AdminReply> {
  const body = await telemetry.metricsText();
  return { status: 200, contentType: telemetry.metricsContentType, body };
}

async function ready({ ports }: AdminCall): Promise<AdminReply> {
  return readyReply(await ports.view.readiness());
}

async function recent({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant");
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  const found = await ports.telemetry.recent({
    limit,
    ...(tenant === undefined ? {} : { tenant }),
  });
  if (found.told.length === 0) await refuseUnknownTenant(ports, tenant);
  const nameOf = await adapterNames(ports);
  const requests = found.told.map((one) => ({ ...one, ...nameOf(one.adapterDigest) }));
  return jsonReply({ requests, ...gapsIn(found) });
}

/** Clients see ids such as `chatcmpl-<request id>`; both are taken. */
async function story({ ports, id }: AdminCall): Promise<AdminReply> {
  const found = await findStory(ports, id);
  if (found.told === undefined) {
    const unheard =
      found.silent.length === 0 ? "" : ` No answer from ${found.silent.join(", ")}: ask again.`;
    return errorReply(
      "not_found",
      `No story of request ${id}: it never reached this platform, or was forgotten since. ` +
        `Its usage may still be in the ledger.${unheard}`,
    );
  }
  const nameOf = await adapterNames(ports);
  const { adapterDigest } = found.told;
  const zones = await zonesOf(ports, found.told);
  return jsonReply({ ...found.told, ...zones, ...nameOf(adapterDigest), ...gapsIn(found) });
}

/** What a worker said of where it ran is lost with its process; the fleet still knows where it stands. */
async function zonesOf(
  { fleet }: AdminPorts,
  { workers, zones = [] }: RequestStory,
): Promise<Pick<RequestStory, "zones">> {
  const described = (await fleet.current())?.workers ?? [];
  const stood = described.filter(({ id }) => workers.includes(id)).map(({ zone }) => zone);
  const all = [...new Set([...zones, ...stood])];
  return all.length === 0 ? {} : { zones: all };
}

async function findStory(
  { telemetry }: AdminPorts,
  id: string,
): Promise<Told<RequestStory | undefined>> {
  const found = await telemetry.story(id);
  const inside = id.slice(id.lastIndexOf("-") + 1);
  return found.told !== undefined || inside === id ? found : telemetry.story(inside);
}

async function usage({ ports, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant") as TenantId | undefined;
  const requestId = query.word("request") as RequestId | undefined;
  const sinceEpochMs = query.moment("since");
  const untilEpochMs = query.moment("until");
  const limit = query.count("limit", { fallback: 100, max: 10_000 });
  const after = query.usagePlace("after");
  const filter = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(sinceEpochMs === undefined ? {} : { sinceEpochMs }),
    ...(untilEpochMs === undefined ? {} : { untilEpochMs }),
  };
  const [entries, totals, nameOf] = await Promise.all([
    ports.ledger.usageOf({ ...filter, limit, ...(after === undefined ? {} : { after }) }),
    ports.ledger.totals(filter),
    adapterNames(ports),
  ]);
  if (entries.length === 0) await refuseUnknownTenant(ports, tenant);
  const last = entries.length === limit ? entries.at(-1) : undefined;
  return jsonReply({
    ...(last === undefined ? {} : { next: usagePlaceText(last.record) }),
    records: entries.map(({ record, isFinal }) => ({
      ...rounded(record),
      arrivedAtEpochMs: Math.round(record.arrivedAtEpochMs),
      ...nameOf(record.adapterDigest),
      isFinal,
    })),
    totals: rounded(totals),
  });
}

/** A tenant that the fleet no longer has may still have a past: only one with neither is unknown. */
async function refuseUnknownTenant(
  { view }: AdminPorts,
  tenant: string | undefined,
): Promise<void> {
  if (tenant === undefined) return;
  const known = (await view.tenants()).told.map((status) => String(status.tenant));
  if (known.includes(tenant)) return;
  const some = known.slice(0, 10).join(", ") || "none";
  throw new AdminError("unknown_tenant", `There is no tenant ${tenant}; there are ${some}.`);
}

type AdapterNaming = (digest: string | undefined) => { readonly adapter?: string };

/** The base model has no adapter, and a digest that the fleet does not know no name. */
async function adapterNames({ fleet }: AdminPorts): Promise<AdapterNaming> {
  const adapters = (await fleet.current())?.adapters ?? [];
  const names = new Map<string, string>(adapters.map(({ digest, name }) => [digest, name]));
  return (digest = "") => {
    const adapter = names.get(digest);
    return adapter === undefined ? {} : { adapter };
  };
}

/** Every figure to a thousandth: what is finer is noise. */
const rounded = <Figures extends object>(figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      name,
      typeof value === "number" ? Math.round(value * 1000) / 1000 : value,
    ]),
  ) as Figures;

/** Key hashes and tenants' words stay inside: a handle and its owner are enough to talk about a key. */
async function readFleet({ ports }: AdminCall): Promise<AdminReply> {
  const fleet = await ports.fleet.current();
  if (fleet === undefined) return errorReply("no_fleet", "No fleet has been applied yet.");
  const keys = fleet.keys.map((key) => ({ ...key, sha256: undefined }));
  return jsonReply({ ...withoutWords(fleet), keys });
}

/** With `dryRun` it answers what would change, and the version that stands. */
async function applyFleet({ ports, query, body }: AdminCall): Promise<AdminReply> {
  const isDryRun = query.flag("dryRun");
  const inUse = query.flag("force") ? [] : await poolsInUse(ports);
  const outcome = await (isDryRun
    ? ports.fleet.preview(body, inUse)
    : ports.fleet.apply(body, "admin-api", inUse));
  if (outcome.kind === "applied") {
    const { version, isChanged, diff } = outcome;
    if (isDryRun) return jsonReply({ isDryRun, version, isChanged, diff });
    const notes = await restartNotes(ports, await ports.fleet.current());
    return jsonReply({ version, isChanged, notes, diff });
  }
  const { problems } = outcome;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return errorReply("bad_fleet", `The fleet file has ${count}; nothing was changed.`, { problems });
}

/** As far as their routers say: one that does not answer now keeps nobody from changing the fleet. */
async function poolsInUse({ view }: AdminPorts): Promise<readonly PoolInUse[]> {
  const { told } = await view.pools();
  return told.flatMap(({ pool, waiting, running }) =>
    waiting + running === 0 ? [] : [{ pool, requests: waiting + running }],
  );
}

/** Desired is not yet running: said, so that nobody waits for it. */
async function restartNotes(
  { view }: AdminPorts,
  fleet: Fleet | undefined,
): Promise<readonly string[]> {
  const waiting = fleet === undefined ? [] : await view.notStarted(fleet);
  if (waiting.length === 0) return [];
  const isOrAre = waiting.length === 1 ? "is" : "are";
  return [
    `${waiting.join(", ")} ${isOrAre} not running yet: new workers start ${view.startsNewWorkers}.`,
  ];
}
