// Cordons and drains: what an operator wishes of a worker or of a whole zone, and how far it has come. A wish is kept
// until it is taken back, whatever is restarted meanwhile; the same wish again changes nothing.

import type { DrainFlag } from "#shared/coordination/drain-flags.ts";
import type { AdminReply } from "#services/console/admin-reply.ts";
import { AdminError, jsonReply } from "#services/console/admin-reply.ts";
import type { AdminCall, AdminRoute } from "#services/console/admin-routes.ts";
import { audited } from "#services/console/tenants/audit-routes.ts";
import { drainStatus } from "./drain-status.ts";
import { poolsLeftAlone, rolesLeftAlone, tenantsLeftAlone } from "#services/console/last-of-all.ts";
import type { DrainTarget, WorkerStatus } from "#services/console/platform-view.ts";

type Family = DrainTarget["kind"];

const routesOf = (family: Family): readonly AdminRoute[] => {
  const path = (verb: string): RegExp => new RegExp(`^/admin/v1/${family}s/([^/]+)/${verb}$`);
  return [
    { method: "POST", path: path("cordon"), parameters: ["force"], answer: cordon(family, true) },
    { method: "POST", path: path("uncordon"), answer: cordon(family, false) },
    {
      method: "POST",
      path: path("drain"),
      parameters: ["patience", "force"],
      answer: drain(family),
    },
    { method: "GET", path: path("drain"), answer: progress(family) },
  ];
};

export const drainRoutes: readonly AdminRoute[] = [...routesOf("worker"), ...routesOf("zone")];

const patienceMsDefault = 60_000;

function cordon(family: Family, isCordoned: boolean): AdminRoute["answer"] {
  return async (call) => {
    const leaving = await known(family, call);
    if (isCordoned) await refuseTheLast(family, call, leaving);
    const action = `${isCordoned ? "cordon" : "uncordon"} ${family}`;
    const written = await audited(call, action, { [family]: call.id, ...forced(call) });
    await wish(family, call, isCordoned ? { kind: "cordon" } : undefined);
    return jsonReply({ [family]: call.id, isCordoned, ...written }, 202);
  };
}

function drain(family: Family): AdminRoute["answer"] {
  return async (call) => {
    const patienceMs = call.query.durationMs("patience", patienceMsDefault);
    const leaving = await known(family, call);
    await refuseTheLast(family, call, leaving);
    const detail = { [family]: call.id, patienceMs, ...forced(call) };
    const written = await audited(call, `drain ${family}`, detail);
    await wish(family, call, { kind: "drain", patienceMs });
    return jsonReply({ [family]: call.id, isDraining: true, patienceMs, ...written }, 202);
  };
}

const forced = ({ query }: AdminCall): { readonly isForced?: true } =>
  query.flag("force") ? { isForced: true } : {};

function progress(family: Family): AdminRoute["answer"] {
  return async (call): Promise<AdminReply> => {
    await known(family, call);
    const { view } = call.ports;
    const [workers, books, processes] = await Promise.all([
      view.workers(),
      view.kvWorkers(),
      view.processes(),
    ]);
    const status = drainStatus({
      workers: workers.told.filter(isOf(family, call.id)),
      books: books.told,
      processes: family === "worker" ? [] : processes.told.filter(({ zone }) => zone === call.id),
    });
    const { silent } = workers;
    return jsonReply({ [family]: call.id, ...status, ...(silent.length === 0 ? {} : { silent }) });
  };
}

const isOf =
  (family: Family, id: string) =>
  ({ worker, zone }: WorkerStatus): boolean =>
    family === "worker" ? worker === id : zone === id;

/** All workers there are, once it is clear that the target exists. */
async function known(family: Family, { ports, id }: AdminCall): Promise<readonly WorkerStatus[]> {
  const workers = (await ports.view.workers()).told;
  if (workers.some(isOf(family, id))) return workers;
  if (family === "worker") throw new AdminError("unknown_worker", `There is no worker ${id}.`);
  const processes = (await ports.view.processes()).told;
  if (processes.some(({ zone }) => zone === id)) return workers;
  const zones = [...new Set([...workers, ...processes].map(({ zone }) => zone))].toSorted();
  throw new AdminError("unknown_zone", `There is no zone ${id}; there are ${zones.join(", ")}.`);
}

async function refuseTheLast(
  family: Family,
  { ports, id, query }: AdminCall,
  workers: readonly WorkerStatus[],
): Promise<void> {
  if (query.flag("force")) return;
  const isLeaving = isOf(family, id);
  const fleet = await ports.fleet.current();
  const processes = family === "worker" ? [] : (await ports.view.processes()).told;
  const alone = [
    ...poolsLeftAlone(workers, isLeaving).map((pool) => `pool ${pool} without a worker`),
    ...(fleet === undefined ? [] : tenantsLeftAlone(fleet, workers, isLeaving)).map(
      (tenant) => `tenant ${tenant} without a worker where it may run`,
    ),
    ...(family === "worker" ? [] : rolesLeftAlone(processes, id)).map(
      (role) => `the fleet without ${role === "edge" ? "an edge" : "an owner of its queues"}`,
    ),
  ];
  if (alone.length === 0) return;
  throw new AdminError(
    family === "worker" ? "last_worker" : "last_zone",
    `${id} is the last: it would leave ${alone.join(", ")}. Nothing was changed; force it if that is wanted.`,
  );
}

async function wish(
  kind: Family,
  { ports, id }: AdminCall,
  flag: DrainFlag | undefined,
): Promise<void> {
  if ((await ports.control.wish({ kind, id }, flag)) === "kept") return;
  throw new AdminError(
    "no_answer",
    `The coordination store did not confirm it in time: it may stand or not, ask again.`,
  );
}
