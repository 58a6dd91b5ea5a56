// One edge: the calls it holds, the fleet as it sees it, and whether it still takes new ones. Both doors stand
// on this, so a limit holds for their sum.

import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import type { AdapterDesk } from "#shared/model/adapter-desk.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { EdgeId, TenantId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { TenantPolicy } from "#shared/model/tenant-policy.ts";
import type { Authentication, Caller } from "./authenticate.ts";
import { authenticate, endOf } from "./authenticate.ts";
import type { ArmDeskPorts } from "./arm-desk.ts";
import { ArmDesk } from "./arm-desk.ts";
import { BodyBudget } from "./body-budget.ts";
import type { Suspects } from "./client-calls.ts";
import { ClientCalls, noKey } from "./client-calls.ts";
import type { EdgeConfig } from "./config.ts";
import { edgeConfigDefault } from "./config.ts";
import { KeyExpiries } from "./key-expiries.ts";
import { fetchJwks } from "./tokens/fetch-jwks.ts";
import { TokenCallers } from "./tokens/token-callers.ts";
import { DeskAllowance } from "./desk-allowance.ts";
import type { FleetView, Tokenizers } from "./fleet-view.ts";
import { viewFleet } from "./fleet-view.ts";
import { LastLimits } from "./last-limits.ts";
import { beatMs, LoadShed } from "./load-shed.ts";
import { TrialDesk } from "./trial-desk.ts";
import { ModelsTexts } from "./models-text.ts";
import { ResumeAllowance } from "./resume-allowance.ts";
import type { ServingZones } from "./serving-zones.ts";

export interface EdgeOptions {
  /** Holds the session actors; the edge attaches itself as the device of kind `client`. */
  readonly host: Host;
  readonly edge: EdgeId;
  /** Where this edge's usage goes. */
  readonly meter: Address;
  readonly fleet: Fleet;
  readonly config?: EdgeConfig;
  /** Absent: it knows only `quad`. */
  readonly tokenizers?: Tokenizers;
  /** Takes in adapters that tenants bring. Absent: it answers as if there were no such thing. */
  readonly adapters?: AdapterDesk;
  /** Tells tenants of their own usage, quotas and invoices. Absent: it answers that nobody can be asked. */
  readonly books?: BooksDesk;
  /** What engine crashes have cast on requests. Absent: nobody is suspected. */
  readonly suspects?: Suspects;
  /** What the edge itself decided: refusals before any session, and faults. */
  readonly onNote?: (record: NoteRecord) => void;
}

export interface Edge {
  readonly config: EdgeConfig;
  readonly calls: ClientCalls;
  /** A note of this process: what it does for rollouts and trials is counted by these. */
  hear(record: NoteRecord): void;
  /** Its part in rollouts. */
  readonly arms: ArmDesk;
  readonly bodies: BodyBudget;
  /** What replies tell that no queue has judged. */
  readonly limits: LastLimits;
  readonly resumes: ResumeAllowance;
  readonly adapters: AdapterDesk | undefined;
  readonly deskCalls: DeskAllowance;
  readonly books: BooksDesk | undefined;
  readonly booksCalls: DeskAllowance;
  /** What is refused before its body is read. */
  readonly load: LoadShed;
  /** Who sends this `authorization`. A promise only for a token that this edge has not seen before. */
  authenticate(authorization: string | undefined): Authentication | Promise<Authentication>;
  /** Why who was a caller before is none now. Undefined: it still is. */
  endOf(caller: Caller): Refusal | undefined;
  /** The current fleet. Ask again for each request. */
  view(): FleetView;
  /** Lists of models, as they were sent a moment ago. */
  readonly modelsTexts: ModelsTexts;
  /** From the next request on; calls whose keys it takes back end now. */
  setFleet(fleet: Fleet): void;
  /** Where workers take new work now. Until it is told, they do where the fleet says that they are. */
  setServing(zones: ServingZones): void;
  openCalls(): number;
  /** Why no new call is taken now; undefined when one is. */
  closedFor(): Refusal | undefined;
  /** Refuses new calls, waits for the open ones, cuts off those that outlive the patience. */
  drain(patienceMs: number): Promise<void>;
  note(event: string, fields: NoteRecord["fields"]): void;
}

const shuttingDown: Refusal = {
  code: "shutting_down",
  message: "This edge is shutting down. Try again: another will answer.",
};

export function createEdge(options: EdgeOptions): Edge {
  const { host, edge, meter, config = edgeConfigDefault, tokenizers } = options;
  let view = viewFleet(options.fleet, config.region, undefined, tokenizers);
  let zones: ServingZones | undefined;
  let isDraining = false;
  const self = `client/${edge}` as Address;
  const record = (event: string, fields: NoteRecord["fields"]): void =>
    options.onNote?.({ ...note(event, fields), actor: self, nowMs: host.nowMs() });
  const policyOf = (tenant: TenantId): TenantPolicy | undefined => view.tenants.get(tenant)?.policy;
  const limits = new LastLimits(() => host.nowMs(), policyOf);
  const load = new LoadShed(() => host.nowMs());
  const knowBands = (): void =>
    load.setBands([...view.tenants.values()].map(({ policy }) => policy.band));
  knowBands();
  setInterval(() => load.beat(), beatMs).unref();
  const calls = new ClientCalls({
    host,
    edge,
    meter,
    config,
    limits,
    endOf: (caller) => (caller.keyId === noKey ? undefined : endOf(view, caller, Date.now())),
    ...(options.suspects === undefined ? {} : { suspects: options.suspects }),
    load,
    onFault: (requestId, bug) => record("edge.fault", { requestId, reason: reasonOf(bug) }),
  });
  const expiries = new KeyExpiries(() => calls.endEnded());
  expiries.follow(view.fleet.keys);
  const tokens = tokenCallers(() => view, record);
  const desks = unseenDesks({ host, edge, calls, view: () => view, note: record }, load);
  return {
    config,
    authenticate: (authorization) => {
      const found = authenticate(view, authorization);
      return found.kind === "token" ? tokens.authenticate(found.token) : found;
    },
    endOf: ({ keyId, tenant }) => endOf(view, { keyId, tenant: tenant.policy.tenant }, Date.now()),
    calls,
    ...desks,
    limits,
    load,
    ...askedDesks(options),
    resumes: new ResumeAllowance(() => host.nowMs()),
    bodies: new BodyBudget(config.bodyBytesHeldMax, config.bodyBytesHeldPerTenantMax),
    view: () => view,
    modelsTexts: new ModelsTexts(),
    setFleet: (newest) => {
      view = viewFleet(newest, config.region, zones, tokenizers);
      knowBands();
      tokens.follow();
      expiries.follow(newest.keys);
      desks.arms.follow(newest);
      calls.endEnded();
    },
    setServing: (serving) => {
      zones = serving;
      view = viewFleet(view.fleet, config.region, zones, tokenizers);
    },
    openCalls: () => calls.size,
    closedFor: () => (isDraining ? shuttingDown : undefined),
    drain: (patienceMs) => {
      isDraining = true;
      return calls.drain(patienceMs);
    },
    note: record,
  };
}

/** Whether usage is kept, as the outbox of this process says it. */
function hearOutbox(load: LoadShed, { event }: NoteRecord): void {
  if (event === "outbox.closed") load.setUsageKept(false);
  if (event === "outbox.open-again") load.setUsageKept(true);
}

/** What is asked of others for tenants, and how many questions at once. */
const askedDesks = ({
  adapters,
  books,
}: EdgeOptions): Pick<Edge, "adapters" | "deskCalls" | "books" | "booksCalls"> => ({
  adapters,
  deskCalls: new DeskAllowance({ atOnce: 32, perTenant: 8 }),
  books,
  booksCalls: new DeskAllowance({ atOnce: 16, perTenant: 4 }),
});

/** What runs calls that no client made, and heeds what this process says. */
function unseenDesks(ports: ArmDeskPorts, load: LoadShed): Pick<Edge, "arms" | "hear"> {
  const arms = new ArmDesk(ports);
  const trials = new TrialDesk(ports);
  return {
    arms,
    hear: (told) => {
      hearOutbox(load, told);
      arms.hear(told);
      trials.hear(told);
    },
  };
}

const tokenCallers = (view: () => FleetView, record: Edge["note"]): TokenCallers =>
  new TokenCallers({
    view,
    fetchJwks,
    nowEpochMs: Date.now,
    nowMs: () => performance.now(),
    onFailure: (issuer, error) =>
      record("edge.issuer-failed", { issuer, reason: failureOf(error) }),
  });

const reasonMax = 200;

/** What fetch could not do is in the cause. */
const failureOf = (error: unknown): string =>
  reasonOf(error instanceof Error && error.cause instanceof Error ? error.cause : error);

export const reasonOf = (bug: unknown): string =>
  (bug instanceof Error ? bug.message : String(bug)).slice(0, reasonMax);
