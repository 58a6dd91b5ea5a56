// The admin API's routes: which path answers what. Each is a function from a parsed call to a reply.

import type { Ledger } from "#shared/ledger/ledger.ts";
import type { RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, errorReply, jsonReply } from "./admin-reply.ts";
import type { FleetControl, PlatformView, WorkerControl } from "./platform-view.ts";
import type { Query } from "./query.ts";

export interface AdminPorts {
  readonly view: PlatformView;
  readonly control: WorkerControl;
  readonly fleet: FleetControl;
  readonly ledger: Pick<Ledger, "usageOf" | "totals">;
  readonly telemetry: Pick<Telemetry, "metricsText" | "metricsContentType" | "story" | "recent">;
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
  {
    method: "GET",
    path: /^\/admin\/v1\/tenants$/,
    answer: ({ ports }) => jsonReply({ tenants: ports.view.tenants() }),
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/workers$/,
    answer: ({ ports }) => jsonReply({ workers: ports.view.workers() }),
  },
  {
    method: "GET",
    path: /^\/admin\/v1\/pools$/,
    answer: ({ ports }) => jsonReply({ pools: ports.view.pools() }),
  },
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
    parameters: ["tenant", "request", "since", "limit"],
    answer: usage,
  },
  { method: "GET", path: /^\/admin\/v1\/fleet$/, answer: readFleet },
  { method: "PUT", path: /^\/admin\/v1\/fleet$/, answer: applyFleet },
  {
    method: "POST",
    path: /^\/admin\/v1\/workers\/([^/]+)\/cordon$/,
    answer: (call) => cordon(call, true),
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/workers\/([^/]+)\/uncordon$/,
    answer: (call) => cordon(call, false),
  },
  {
    method: "POST",
    path: /^\/admin\/v1\/workers\/([^/]+)\/drain$/,
    parameters: ["patience"],
    answer: drain,
  },
];

async function metrics({ ports: { telemetry } }: AdminCall): Promise<AdminReply> {
  const body = await telemetry.metricsText();
  return { status: 200, contentType: telemetry.metricsContentType, body };
}

function ready({ ports }: AdminCall): AdminReply {
  const { isReady, missing } = ports.view.readiness();
  return jsonReply({ status: isReady ? "ready" : "not ready", missing }, isReady ? 200 : 503);
}

function recent({ ports, query }: AdminCall): AdminReply {
  const tenant = query.word("tenant");
  const limit = query.count("limit", { fallback: 50, max: 1000 });
  return jsonReply({
    requests: ports.telemetry.recent({ limit, ...(tenant === undefined ? {} : { tenant }) }),
  });
}

/** Clients see ids such as `chatcmpl-<request id>`; both are taken. */
function story({ ports, id }: AdminCall): AdminReply {
  const requestId = id.slice(id.lastIndexOf("-") + 1);
  const found = ports.telemetry.story(id) ?? ports.telemetry.story(requestId);
  return found === undefined
    ? errorReply(
        "not_found",
        `No story of request ${id}: it never reached this platform, or was forgotten since. ` +
          `Its usage may still be in the ledger.`,
      )
    : jsonReply(found);
}

async function usage({ ports: { ledger }, query }: AdminCall): Promise<AdminReply> {
  const tenant = query.word("tenant") as TenantId | undefined;
  const requestId = query.word("request") as RequestId | undefined;
  const sinceEpochMs = query.moment("since");
  const limit = query.count("limit", { fallback: 100, max: 10_000 });
  const filter = {
    ...(tenant === undefined ? {} : { tenant }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(sinceEpochMs === undefined ? {} : { sinceEpochMs }),
  };
  const [entries, totals] = await Promise.all([
    ledger.usageOf({ ...filter, limit }),
    ledger.totals(filter),
  ]);
  return jsonReply({
    records: entries.map(({ record, isFinal }) => ({ ...record, isFinal })),
    totals,
  });
}

/** Key hashes stay inside: a handle and its owner are enough to talk about a key. */
async function readFleet({ ports }: AdminCall): Promise<AdminReply> {
  const fleet = await ports.fleet.current();
  if (fleet === undefined) return errorReply("no_fleet", "No fleet has been applied yet.");
  const keys = fleet.keys.map(({ id, tenant, revoked }) => ({ id, tenant, revoked }));
  return jsonReply({ ...fleet, keys });
}

async function applyFleet({ ports, body }: AdminCall): Promise<AdminReply> {
  const outcome = await ports.fleet.apply(body, "admin-api");
  if (outcome.kind === "applied") {
    return jsonReply({ version: outcome.version, isChanged: outcome.isChanged });
  }
  const { problems } = outcome;
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return errorReply("bad_fleet", `The fleet file has ${count}; nothing was changed.`, { problems });
}

function cordon({ ports, id }: AdminCall, isCordoned: boolean): AdminReply {
  known(ports.control.cordon(id as WorkerId, isCordoned), id);
  return jsonReply({ worker: id, isCordoned }, 202);
}

function drain({ ports, id, query }: AdminCall): AdminReply {
  const patienceMs = query.durationMs("patience", 60_000);
  known(ports.control.drain(id as WorkerId, patienceMs), id);
  return jsonReply({ worker: id, isDraining: true, patienceMs }, 202);
}

function known(outcome: "taken" | "unknown-worker", id: string): void {
  if (outcome === "unknown-worker") {
    throw new AdminError("unknown_worker", `There is no worker ${id}.`);
  }
}
