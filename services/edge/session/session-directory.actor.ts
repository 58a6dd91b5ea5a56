// Which sessions of one edge want a place: their reservations are renewed in batches, and a shard's new owner
// reaches all of them by one question. A session is held from its opening to its end, and never twice.

import type { AdmissionRing } from "./admission-ring.ts";
import {
  isEmptyRing,
  recentAdmissions,
  recordAdmission,
  startAdmissionRing,
} from "./admission-ring.ts";
import type { EndedNames } from "./ended-names.ts";
import { recallEnded, rememberEnded, startEndedNames } from "./ended-names.ts";
import type { Actor, Effect } from "#shared/actor/actor.ts";
import { arm, note } from "#shared/actor/actor.ts";
import { clientAddress, sessionAddress, tenantQueueAddress } from "#shared/messages/addresses.ts";
import { toClient } from "#shared/messages/to-client.ts";
import { toSession } from "#shared/messages/to-session.ts";
import type {
  CollectSessions,
  SessionAdmitted,
  SessionClosed,
  SessionDirectoryTimer,
  ToSessionDirectory,
  UnknownRequests,
} from "#shared/messages/to-session-directory.ts";
import { toTenantQueue } from "#shared/messages/to-tenant-queue.ts";
import type { EdgeId, RequestId, TenantId } from "#shared/model/ids.ts";

const renewMs = 1_000;
/** Keeps a message small beside the bus's limit: 500 ids are 17 kB. */
const renewIdsMax = 500;

export interface SessionDirectory {
  readonly edge: EdgeId;
  /** By session. */
  readonly held: Map<RequestId, HeldSession>;
  readonly tenants: Map<TenantId, TenantSessions>;
  /** Highest epoch seen of each shard: one entry per shard at most. */
  readonly shardEpochs: Map<number, number>;
  isRenewing: boolean;
}

interface HeldSession {
  readonly tenant: TenantId;
  readonly requestId: RequestId;
}

interface TenantSessions {
  /** Of one tenant, by request: whose it is, the newest if two of this edge read it, and whether its admission is in the ring already. */
  readonly sessions: Map<RequestId, { readonly session: RequestId; isAdmitted: boolean }>;
  readonly admissions: AdmissionRing;
  readonly names: EndedNames;
  /** Known once an owner has asked. */
  shard: number | undefined;
}

export const sessionDirectory: Actor<SessionDirectory, ToSessionDirectory> = {
  name: "session-directory",
  init: (self) => ({
    edge: (self.split("/")[1] ?? "") as EdgeId,
    held: new Map(),
    tenants: new Map(),
    shardEpochs: new Map(),
    isRenewing: false,
  }),
  receive(directory, { message, nowMs }) {
    switch (message.kind) {
      case "session-opened":
        return hold(directory, message, nowMs);
      case "session-admitted":
        return sessionAdmitted(directory, message, nowMs);
      case "session-closed":
        return sessionClosed(directory, message, nowMs);
      case "session-unknown":
        return sessionUnknown(directory, message.requestId);
      case "collect-sessions":
        return collectSessions(directory, message, nowMs);
      case "unknown-requests":
        return unknownRequests(directory, message);
      case "timer-fired":
        return renew(directory, nowMs);
      default:
        return message satisfies never;
    }
  },
};

function hold(
  directory: SessionDirectory,
  { requestId, tenant, session = requestId }: HeldSession & { readonly session?: RequestId },
  nowMs: number,
): readonly Effect[] {
  if (directory.held.has(session)) return [];
  directory.held.set(session, { tenant, requestId });
  const { sessions } = sessionsOf(directory, tenant);
  const effects: Effect[] = [];
  const earlier = sessions.get(requestId)?.session;
  // Nobody speaks for it any more: it learns so by asking.
  if (earlier !== undefined) {
    effects.push(
      toSession(sessionAddress(directory.edge, earlier), { kind: "unknown", requestId }),
    );
  }
  sessions.set(requestId, { session, isAdmitted: false });
  if (!directory.isRenewing) effects.push(armRenew(nowMs));
  directory.isRenewing = true;
  return effects;
}

function sessionsOf(directory: SessionDirectory, tenant: TenantId): TenantSessions {
  let held = directory.tenants.get(tenant);
  if (held === undefined) {
    const names = startEndedNames();
    held = { sessions: new Map(), admissions: startAdmissionRing(), names, shard: undefined };
    directory.tenants.set(tenant, held);
  }
  return held;
}

/**
 * Also what opens it, should the opening have been lost. Once an owner has been told what was admitted before it, nothing more
 * is admitted on a former owner's word: so no admission is missing from what it was told.
 */
function sessionAdmitted(
  directory: SessionDirectory,
  { requestId, session: own = requestId, tenant, shard, shardEpoch, tokens }: SessionAdmitted,
  nowMs: number,
): readonly Effect[] {
  const effects = [...hold(directory, { requestId, tenant, session: own }, nowMs)];
  const highest = directory.shardEpochs.get(shard) ?? 0;
  const self = sessionAddress(directory.edge, own);
  if (shardEpoch < highest) {
    effects.push(
      note("session-directory.dropped", { why: "shard epoch", tenant, shard, shardEpoch }),
      toSession(self, { kind: "announce", shardEpoch: highest }),
    );
    return effects;
  }
  directory.shardEpochs.set(shard, shardEpoch);
  const { sessions, admissions } = sessionsOf(directory, tenant);
  const held = sessions.get(requestId);
  if (held?.isAdmitted === false) {
    held.isAdmitted = true;
    recordAdmission(admissions, tokens, nowMs);
  }
  effects.push(toSession(self, { kind: "admission-noted", shardEpoch }));
  return effects;
}

function sessionClosed(
  directory: SessionDirectory,
  { requestId, session, tenant, named }: SessionClosed,
  nowMs: number,
): readonly Effect[] {
  forget(directory, session ?? requestId);
  if (named !== undefined) rememberEnded(sessionsOf(directory, tenant).names, named, nowMs);
  return [];
}

function forget(directory: SessionDirectory, session: RequestId): boolean {
  const known = directory.held.get(session);
  if (known === undefined) return false;
  directory.held.delete(session);
  const sessions = directory.tenants.get(known.tenant)?.sessions;
  if (sessions?.get(known.requestId)?.session === session) sessions.delete(known.requestId);
  return true;
}

/** A session that was never closed and yet is not there fell to a bug: its client must not wait for it. */
function sessionUnknown(directory: SessionDirectory, requestId: RequestId): readonly Effect[] {
  if (!forget(directory, requestId)) return [];
  const message = "The request was lost by an internal error. Please try again.";
  return [
    toClient(clientAddress(directory.edge, requestId), {
      kind: "failed",
      refusal: { code: "internal", message },
    }),
    note("session-directory.lost", { requestId }),
  ];
}

function collectSessions(
  directory: SessionDirectory,
  { tenant, shard, shardEpoch }: CollectSessions,
  nowMs: number,
): readonly Effect[] {
  if (shardEpoch < (directory.shardEpochs.get(shard) ?? 0)) {
    return [note("session-directory.dropped", { why: "shard epoch", tenant, shard, shardEpoch })];
  }
  directory.shardEpochs.set(shard, shardEpoch);
  const { sessions, admissions, names } = holdings(directory, tenant, shard);
  const ended = names === undefined ? [] : recallEnded(names, nowMs);
  return [
    toTenantQueue(tenantQueueAddress(tenant), {
      kind: "edge-holds",
      edge: directory.edge,
      shardEpoch,
      sessions: sessions.length,
      admissions: admissions === undefined ? [] : recentAdmissions(admissions, nowMs),
      ...(ended.length === 0 ? {} : { ended }),
    }),
    ...sessions.map((session) =>
      toSession(sessionAddress(directory.edge, session), { kind: "announce", shardEpoch }),
    ),
  ];
}

/** A question makes no entry: tenants that never came here take no room. */
function holdings(
  { tenants }: SessionDirectory,
  tenant: TenantId,
  shard: number,
): Partial<Pick<TenantSessions, "admissions" | "names">> & {
  readonly sessions: readonly RequestId[];
} {
  const held = tenants.get(tenant);
  if (held === undefined) return { sessions: [] };
  held.shard = shard;
  const sessions = [...held.sessions.values()].map(({ session }) => session);
  return { sessions, admissions: held.admissions, names: held.names };
}

function unknownRequests(
  directory: SessionDirectory,
  { tenant, shardEpoch, requestIds }: UnknownRequests,
): readonly Effect[] {
  const held = directory.tenants.get(tenant);
  if (held === undefined) return [];
  const shard = held.shard;
  if (shard !== undefined && shardEpoch < (directory.shardEpochs.get(shard) ?? 0)) {
    return [note("session-directory.dropped", { why: "shard epoch", tenant, shard, shardEpoch })];
  }
  return requestIds.flatMap((requestId) => {
    const session = held.sessions.get(requestId)?.session;
    if (session === undefined) return [];
    return [toSession(sessionAddress(directory.edge, session), { kind: "unknown", requestId })];
  });
}

function renew(directory: SessionDirectory, nowMs: number): readonly Effect[] {
  const effects: Effect[] = [];
  for (const [tenant, { sessions, admissions, names }] of directory.tenants) {
    const isAtRest = sessions.size === 0 && isEmptyRing(admissions, nowMs);
    if (isAtRest && recallEnded(names, nowMs).length === 0) directory.tenants.delete(tenant);
    const requestIds = [...sessions.keys()];
    for (let from = 0; from < requestIds.length; from += renewIdsMax) {
      const batch = requestIds.slice(from, from + renewIdsMax);
      effects.push(toTenantQueue(tenantQueueAddress(tenant), { kind: "renew", requestIds: batch }));
    }
  }
  directory.isRenewing = directory.held.size > 0;
  if (directory.isRenewing) effects.push(armRenew(nowMs));
  return effects;
}

const armRenew = (nowMs: number): Effect =>
  arm("renew", nowMs + renewMs, {
    kind: "timer-fired",
    name: "renew",
  } satisfies SessionDirectoryTimer);
