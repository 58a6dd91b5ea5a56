// The whole platform in one process: the same actors as in the fleet, on one host, over the embedded twins of
// coordination and ledger. Started in the order of need, drained in the reverse order.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import { deadLetterDesk } from "#shared/bus/dead-letter-desk.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import type { Environment } from "#shared/config/environment.ts";
import { KnownSuspects } from "#shared/coordination/suspects.ts";
import { sqlAudit } from "#shared/ledger/audit/audit.ts";
import type { Ledger } from "#shared/ledger/ledger.ts";
import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import { sqlGpuLedger } from "#shared/ledger/gpu-time/sql-gpu-ledger.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { usageSums } from "#shared/ledger/sums/usage-sums.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import { openMargin } from "#services/billing/margin/open-margin.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import type { Log } from "#shared/telemetry/pino-log.ts";
import { createLog } from "#shared/telemetry/pino-log.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";
import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import { createTelemetry } from "#shared/telemetry/telemetry.ts";
import type { AdminPorts } from "#services/console/admin-routes.ts";
import type { DrainProof } from "#services/console/machines/drain-status.ts";
import { readEdgeConfig } from "#services/edge/config.ts";
import type { Edge } from "#services/edge/edge.ts";
import { createEdge } from "#services/edge/edge.ts";
import { openBilling } from "#services/billing/open-billing.ts";
import { keyDesk } from "#services/registry/key-desk.ts";
import { openRegistry } from "#services/registry/registry.ts";
import { replicaFault } from "#services/worker/engine/replica-fault.ts";
import type { House } from "./begin-house.ts";
import { beginHouse, edgeName, processName } from "./begin-house.ts";
import type { EmbeddedConfig } from "./config.ts";
import { outboxFolderOf } from "./config.ts";
import type { Doors } from "./doors.ts";
import { openDoors } from "./doors.ts";
import type { Closers } from "#services/fleet/closers.ts";
import { startClosers } from "#services/fleet/closers.ts";
import type { ProofBook } from "#services/fleet/drain-proof.ts";
import { proofBook, untilEmpty, wholeProof } from "#services/fleet/drain-proof.ts";
import { openAdapters } from "./open-adapters.ts";
import type { EmbeddedOutbox } from "./open-outbox.ts";
import { openOutbox } from "./open-outbox.ts";
import { fleetSource } from "./own-model.ts";
import { firstFleet } from "#services/fleet/first-fleet.ts";
import { knowServing } from "#services/fleet/know-serving.ts";
import { openBooks } from "#services/fleet/open-books.ts";
import { countAdmissions } from "#services/fleet/count-admissions.ts";
import type { RolloutPorts } from "#services/fleet/open-rollouts.ts";
import { openRollouts } from "#services/fleet/open-rollouts.ts";
import type { AlertPlace, OpenAlerts } from "#services/fleet/open-alerts.ts";
import { openAlerts } from "#services/fleet/open-alerts.ts";
import { openTokenizers } from "#services/fleet/open-tokenizers.ts";
import { tellFleet } from "#services/fleet/fleet-follower.ts";
import type { LivingSystem } from "#services/fleet/process-view.ts";
import { untilSettled } from "#services/fleet/settle.ts";
import { livingGauges, livingPorts } from "./living-view.ts";
import { untilReady } from "./readiness.ts";
import { rollUpHere } from "./roll-up-here.ts";
import type { Store } from "./store.ts";
import { openStore } from "./store.ts";

/** After the last call: its end is noted by its queue and its router. */
const restPatienceMs = 3_000;

export interface Platform extends Doors {
  /** What clients call the model that the operator named. Undefined: none was. */
  readonly ownModel: string | undefined;
  readonly openCalls: () => number;
  /** What it still had when it ended; undefined before. */
  readonly proof: () => DrainProof | undefined;
  /** Refuses new calls, lets open ones end, settles usage, gives everything up. Resolves when all of it is done. */
  drain(): Promise<void>;
}

/** Resolves once it serves. Rejects with a message for the operator, leaving nothing running. */
export async function startPlatform(
  config: EmbeddedConfig,
  environment: Environment,
): Promise<Platform> {
  const closers = startClosers();
  try {
    const platform = await compose(config, environment, closers);
    return { ...platform, drain: () => closers.closeAll() };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}

async function compose(
  config: EmbeddedConfig,
  environment: Environment,
  closers: Closers,
): Promise<Omit<Platform, "drain">> {
  const edgeConfig = readEdgeConfig(environment);
  const proof = proofBook();
  const store = await storeOf(config, closers);
  const { sql, coordination } = store;
  const registry = openRegistry({ ...store, judgeReplica: replicaFault });
  let fleet = await firstFleet(registry, await fleetSource(config, environment));
  let living: LivingSystem | undefined;
  const { log, telemetry } = observe(config, closers, () => livingGauges(living));
  const tokenizers = openTokenizers(() => fleet.models, log);
  const [ledger, gpu] = [sqlLedger(sql), sqlGpuLedger(sql)];
  const disk = await outboxOf(config, { ledger, gpu, log, closers });
  const stores = { ...store, ledger, gpu, disk };
  const { onNote } = telemetry;
  rollUpHere({ sql, onNote, closers });
  let edgeHere: Edge | undefined;
  const forAdapters = { config, registry: store, fleet: () => fleet, onNote, closers };
  const { intakeIn, fetched } = openAdapters(forAdapters);
  const alerts = alertsOf(config, { sql, onNote, closers }, () => fleet);
  const house = beginHouse({
    ...stores,
    fleet: { current: () => fleet, vocabularies: tokenizers.vocabularies, ...config.engines },
    fetchAdapter: fetched.fetch,
    onNote: toldTo(() => edgeHere, alerts.hear, onNote),
  });
  const { host } = house;
  living = { host, fleet: () => fleet };
  endWith(house, closers);
  const seen = livingPorts(living, { telemetry, closers, coordination });
  const desks = { adapters: intakeIn(host), books: openBooks({ sql, view: seen.view, host }) };
  const edge = createEdge({
    host,
    edge: edgeName as EdgeId,
    meter: meterAddress(processName),
    fleet,
    config: edgeConfig,
    tokenizers: tokenizers.of,
    ...desks,
    suspects: knownSuspects(coordination, closers),
    onNote,
  });
  knowServing(coordination, edge, closers);
  edgeHere = edge;
  const follow = (newest: Fleet): void => {
    fleet = newest;
    tokenizers.follow();
    house.followFleet();
    telemetry.knowFleet(newest);
    edge.setFleet(newest);
    fetched.follow(newest);
    tellFleet({ host, process: processName, registry: registryHere, runs: () => true }, newest);
  };
  closers.add(registry.watch(follow, cannotRead(log)));
  await house.openedModels();
  await desks.adapters.recover().catch(cannotRecover(log));
  await untilReady(host, fleet, () => house.missingEngines());
  const deciding = { host, process: processName, registry: store, onNote, closers };
  const deciders = openDeciders(deciding, config.evaluatorsFile);
  const money = { sums: usageSums(sql), gpu, ledger, quotaAlerts: alerts.book };
  const kept = { ...desksOf(store), ...money, ...deciders };
  const admin = { ports: { ...seen, fleet: registry, ...kept }, onFault: adminFailed(log) };
  const doors = await openDoors(config, { edge, admin, settle: () => letGo(host, proof), closers });
  const ownModel = config.modelFile === "" ? undefined : fleet.models[0]?.id;
  return { ...doors, ownModel, openCalls: () => edge.openCalls(), proof: () => proof.taken() };
}

function openDeciders(
  deciding: Omit<RolloutPorts, "evaluatorsFile"> & { readonly registry: Store },
  evaluatorsFile: string,
): Pick<AdminPorts, "rollouts" | "reconciling"> {
  return {
    rollouts: openRollouts({ ...deciding, evaluatorsFile }),
    reconciling: countAdmissions({ ...deciding, sql: deciding.registry.sql }),
  };
}

/** Notes of sessions, to the edge as well: it counts what failed under a rollout, and follows trials. */
const toldTo =
  (
    edge: () => Edge | undefined,
    hearAlert: Telemetry["onNote"],
    onNote: Telemetry["onNote"],
  ): Telemetry["onNote"] =>
  (record) => {
    edge()?.hear(record);
    hearAlert(record);
    onNote(record);
  };

const desksOf = (store: Store) => ({
  keys: keyDesk(store),
  audit: sqlAudit(store.sql),
  billing: openBilling(store.sql, Date.now),
  margin: openMargin({ sql: store.sql, gpu: sqlGpuLedger(store.sql), epochMs: Date.now }),
  deadLetters: deadLetterDesk(store.deadLetters, store.coordination),
});

async function storeOf(config: EmbeddedConfig, closers: Closers): Promise<Store> {
  const store = await openStore(config.dataDirectory);
  closers.add(() => store.sql.close());
  closers.add(() => store.coordination.close());
  return store;
}

const alertsOf = (
  { webhooks }: EmbeddedConfig,
  place: Omit<AlertPlace, "process">,
  fleet: () => Fleet,
): OpenAlerts => openAlerts({ process: processName, ...place }, fleet, webhooks);

async function letGo(host: InspectableHost, proof: ProofBook): Promise<void> {
  drainWorkers(host);
  const { usageRecords } = await untilSettled(host);
  proof.take(await untilEmpty(() => wholeProof(host), restPatienceMs));
  if (usageRecords > 0) throw new Error(`${usageRecords} usage records are not stored`);
}

/** Sessions are over: the workers ask for the bills that may be theirs now, not when they forget their outputs. */
function drainWorkers(host: InspectableHost): void {
  const drain: ToWorker = { kind: "drain", patienceMs: 0 };
  for (const worker of host.statesOf("worker").keys()) host.send(operator, worker, drain);
}

const adminFailed =
  (log: Log) =>
  (error: unknown): void =>
    log.say("error", "the admin API failed", { reason: String(error) });

const cannotRead =
  (log: Log) =>
  (error: unknown): void =>
    log.say("error", "the registry could not be read", { reason: String(error) });

/** They stay as they are until the next start. */
const cannotRecover =
  (log: Log) =>
  (error: unknown): void =>
    log.say("warn", "interrupted uploads could not be looked at", { reason: String(error) });

const operator = "operator/embedded" as Address;
const registryHere = "registry/embedded" as Address;

function knownSuspects(coordination: Store["coordination"], closers: Closers): KnownSuspects {
  const suspects = new KnownSuspects(coordination);
  closers.add(() => suspects.stop());
  return suspects;
}

function endWith(house: House, closers: Closers): void {
  closers.add(() => house.stop());
  closers.add(() => house.handOver());
}

interface OutboxPorts {
  readonly ledger: Ledger;
  readonly gpu: GpuLedger;
  readonly log: Log;
  readonly closers: Closers;
}

async function outboxOf(
  config: EmbeddedConfig,
  { ledger, gpu, log, closers }: OutboxPorts,
): Promise<EmbeddedOutbox["disk"]> {
  const outbox = openOutbox(outboxFolderOf(config), closers);
  await settleLastLife(outbox, { ledger, gpu, log });
  return outbox.disk;
}

/** What its outbox held is in the ledger first. If that cannot be, what was open stays so: a final account may be among it. */
async function settleLastLife(
  outbox: EmbeddedOutbox,
  { ledger, gpu, log }: Omit<OutboxPorts, "closers">,
): Promise<void> {
  try {
    const accounts = await outbox.bringLeftOver(ledger, gpu);
    if (accounts > 0)
      log.say("warn", "the last life left usage: it is in the ledger", { accounts });
  } catch (error) {
    log.say("error", "usage of the last life could not be brought to the ledger yet", {
      reason: String(error),
    });
    return;
  }
  await settleLeftOpen(ledger, log);
}

/** The last life is over, and no other process has this ledger: whoever could have closed these accounts is gone. */
async function settleLeftOpen(ledger: Ledger, log: Log): Promise<void> {
  let requests = 0;
  for (let settled = 1; settled > 0; requests += settled) {
    settled = await ledger.settleAbandoned(Infinity);
  }
  if (requests > 0) {
    log.say("warn", "requests were open when the last life ended: billed as told last", {
      requests,
    });
  }
}

function observe(
  { logLevel }: EmbeddedConfig,
  closers: Closers,
  gauges: () => readonly GaugeReading[],
): { readonly log: Log; readonly telemetry: Telemetry } {
  const log = createLog({ level: logLevel });
  closers.add(() => log.flush());
  const nowMs = (): number => performance.now();
  return { log, telemetry: createTelemetry({ nowMs, log, withProcess: true, gauges }) };
}
