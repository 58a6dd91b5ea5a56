// All that an edge's session directory hears: which sessions live here, so that their reservations are
// renewed in batches and a shard's new owner can ask for all of them at once.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { EdgeId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { EndedNamed } from "./ended-named.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToSessionDirectory =
  | SessionOpened
  | SessionAdmitted
  | SessionClosed
  | SessionUnknown
  | CollectSessions
  | UnknownRequests
  | SessionDirectoryTimer;

/** A session began to ask for a place. From the session. */
export interface SessionOpened {
  readonly kind: "session-opened";
  readonly requestId: RequestId;
  /** Its own id, of a session that resumes another's stream. Absent: the request's. */
  readonly session?: RequestId;
  readonly edge: EdgeId;
  readonly tenant: TenantId;
}

/**
 * The tenant's queue took the session's request; it is admitted only once the directory says `admission-noted`. Noted for
 * 60 s, to rebuild rate windows after a takeover. Of an owner that was replaced: not noted, answered with `announce`.
 */
export interface SessionAdmitted {
  readonly kind: "session-admitted";
  readonly requestId: RequestId;
  /** As at an opening. */
  readonly session?: RequestId;
  readonly tenant: TenantId;
  readonly shard: number;
  /** Of the owner that took it. */
  readonly shardEpoch: number;
  /** Reserved at admission. */
  readonly tokens: number;
}

/** The session wants its place no more: its client was told how it ended, and it settles by itself. */
export interface SessionClosed {
  readonly kind: "session-closed";
  readonly requestId: RequestId;
  /** As at its opening. */
  readonly session?: RequestId;
  readonly tenant: TenantId;
  /** Its client had named the request, and it ran: told to the next owner of a minute, so that it does not run again. */
  readonly named?: EndedNamed;
}

/** No session lives under this id, which is its own: it has long ended, or began again from nothing after a bug. If one was held here, its client is told. From whatever actor has its address. */
export interface SessionUnknown {
  readonly kind: "session-unknown";
  readonly requestId: RequestId;
}

/** A tenant's queue was taken over: answer with `edge-holds` and have each of the tenant's sessions submit again. Repeated until answered. */
export interface CollectSessions {
  readonly kind: "collect-sessions";
  readonly tenant: TenantId;
  readonly shard: number;
  readonly shardEpoch: number;
}

/** The queue's answer to `renew`: it does not know these. */
export interface UnknownRequests {
  readonly kind: "unknown-requests";
  readonly tenant: TenantId;
  readonly shardEpoch: number;
  readonly requestIds: readonly RequestId[];
}

/** `renew`: once a second while any session lives. */
export type SessionDirectoryTimer = TimerFired<"renew">;

export const toSessionDirectory = (directory: Address, message: ToSessionDirectory): Send =>
  send(directory, message);

export const toSessionDirectoryFields: Fields<ToSessionDirectory> = {
  "session-opened": {
    requestId: "string",
    session: "string?",
    edge: "string",
    tenant: "string",
  },
  "session-admitted": {
    requestId: "string",
    session: "string?",
    tenant: "string",
    shard: "number",
    shardEpoch: "number",
    tokens: "number",
  },
  "session-closed": {
    requestId: "string",
    session: "string?",
    tenant: "string",
    named: "object?",
  },
  "session-unknown": { requestId: "string" },
  "collect-sessions": { tenant: "string", shard: "number", shardEpoch: "number" },
  "unknown-requests": { tenant: "string", shardEpoch: "number", requestIds: "array" },
  "timer-fired": { name: "string" },
};
