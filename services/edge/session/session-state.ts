// What one request's session holds, from the client's call until its tenant's queue has settled it. Only the
// session's own files write it; what is sent never aliases what is written later.

import type { OutputText } from "#shared/model/output-text.ts";
import { startOutputText } from "#shared/model/output-text.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { prefixKeys } from "./prefix-keys.ts";
import type { Address, Arm, Effect, Note } from "#shared/actor/actor.ts";
import { arm, note } from "#shared/actor/actor.ts";
import {
  clientAddress,
  sessionDirectoryAddress,
  tenantQueueAddress,
} from "#shared/messages/addresses.ts";
import type { Open, ResumeStream } from "#shared/messages/open-request.ts";
import type { Granted, RanOn, SessionTimer } from "#shared/messages/to-session.ts";
import type { EarlierAttempts } from "#shared/model/attempts.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import type { PrefixKeys } from "#shared/model/prefix-ladder.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { Token, Vocabularies, Vocabulary } from "#shared/model/tokenizer.ts";
import type { EarlierWork } from "#shared/model/earlier-work.ts";
import { noEarlierWork } from "#shared/model/earlier-work.ts";
import type { ExecutedTotals, UsageRecord } from "#shared/model/usage.ts";

export interface Session {
  readonly self: Address;
  /** Of this process: never changed by a session. */
  readonly vocabularies: Vocabularies;
  /** Absent until a client's device opens it. */
  call: Call | undefined;
  /** A stream to be taken over, until its worker has handed it over. */
  resuming: Resuming | undefined;
}

/** Who asks first the queue where the stream is, then the worker there for it. */
export interface Resuming {
  readonly asked: ResumeStream;
  readonly client: Address;
  readonly openedAtMs: number;
  /** Since when the present question has been asked. */
  askingSinceMs: number;
  /** The queue knows the request, though perhaps not where it is. */
  isKnown: boolean;
  ranOn: RanOn | undefined;
  /** By the queue's word; who runs it again asks for the next. */
  attempt: number;
  /** What became of those before. Undefined: not known. */
  readonly earlier: EarlierAttempts | undefined;
  /** Left after the worker was asked: the stream is this session's to end all the same, should the worker hand it over. */
  isClientGone: boolean;
}

/**
 * `submitting`: the queue has not answered this attempt. `queued`: it holds it. `starting`: granted, the worker
 * has not answered. `running`. `closing`: the client was told the end; the worker's and the queue's word are
 * awaited. `finished`: nothing is.
 */
export type Phase = "submitting" | "queued" | "starting" | "running" | "closing" | "finished";

/** An attempt has one place, ever: two workers that run the same attempt could interleave their tokens. */
export interface Place {
  readonly grant: Granted;
  readonly address: Address;
  /** Output tokens that it was given as its prefix. */
  readonly forcedTokens: number;
}

export interface Call {
  /** The session's own id. The request's, unless it took another session's stream over. */
  readonly session: RequestId;
  readonly request: Omit<Open, "promptBytes">;
  /** Emptied when no attempt can need them any more. */
  promptBytes: Uint8Array;
  readonly client: Address;
  readonly queue: Address;
  readonly directory: Address;
  readonly prefixKeys: PrefixKeys;
  readonly openedAtMs: number;
  readonly deadlineAtMs: number;
  phase: Phase;
  attempt: number;
  /** Highest seen; what is below is refused. */
  shardEpoch: number;
  poolEpoch: number;
  /** Since when the queue owes an answer to `submit`. */
  askedAtMs: number | undefined;
  /** An owner took it and the directory has noted that. */
  isAdmitted: boolean;
  /** Came before the admission was noted. */
  grantToNote: Granted | undefined;
  isRefused: boolean;
  limits: RateLimits | undefined;
  /** Of the tenant's quota, by the queue's last word. Absent: all that was asked for. */
  allowance: OutputAllowance | undefined;
  place: Place | undefined;
  /** Attempts that gave way to others, and that ended because their allowance of a quota did. */
  preemptions: number;
  /** Of those, that its router knew of and no worker has told yet; and the attempts of which one has. */
  preemptionsUntold: number;
  readonly gaveWay: Set<number>;
  continuations: number;
  /** Attempts in a row that were lost before they brought a token. */
  fruitlessAttempts: number;
  /** What engine crashes have cast on it; undefined: nothing, or it was acquitted. */
  suspicion: Suspicion | undefined;
  /** Attempts that ended with their engine. */
  readonly crashedAttempts: Set<number>;
  /** The output token that was due when its worker last said that its engine is silent. Absent: it is not. */
  engineSilentAt: number | undefined;
  /** Places that this session was granted. */
  grants: number;
  /** The last worker that ran it, as the account names it. */
  ranAt: Pick<UsageRecord, "worker" | "workerType" | "zone">;
  /** Accepted so far, at most `outputTokensMax`: the next attempt's forced prefix. */
  readonly delivered: Token[];
  readonly output: OutputText;
  /** The midnight that its output has crossed, 0: none yet; and what of it is billed to the day before. */
  splitAtEpochMs: number;
  outputTokensBefore: number;
  /** The client has what tokens below this index show: they are read, and not shown again. */
  readonly shownFrom: number;
  /** The attempt that was taken over from another session. 0: none was. */
  readonly attachedAttempt: number;
  /** It was over when it was taken over: it is only read again. */
  readonly isReplay: boolean;
  /** It runs again what nobody keeps, of a request that another session began. */
  readonly runsAgain: boolean;
  ackedIndex: number;
  /** When the meter last heard of it. */
  accountedAtMs: number;
  /** The foreign attempt whose frames were noted last. */
  staleFrameOf: number;
  isClientPaused: boolean;
  /** The worker's last frame or sign of life. */
  lastSignAtMs: number;
  startedAtMs: number | undefined;
  firstTokenAtMs: number | undefined;
  lastTokenAtMs: number;
  /** Executed, per attempt: merged by maximum within one, summed over them. */
  readonly totals: Map<number, ExecutedTotals>;
  /** Before the attempt that was taken over. */
  earlierWork: EarlierWork;
  ending: Ending | undefined;
}

export type Farewell = "cancel" | "finished";

export interface Ending {
  /** `stop`, `length`, `cancelled`, or the code of the refusal. */
  readonly outcome: string;
  readonly endedAtMs: number;
  /** How the queue is told: `cancel` charges nothing, `finished` settles on actuals. */
  readonly farewell: Farewell;
  /** Nothing that its worker may have for its client is missing here, and on the bill. */
  isOutputWhole: boolean;
  /** The client was told an error: its output is not to be had again. */
  readonly isDiscarded: boolean;
  /** The worker was told to stop and may yet say what ran. */
  isWorkerAwaited: boolean;
  /** When the bill was sent and the queue first told. */
  settlingSinceMs: number;
  isSettled: boolean;
  /** Its worker has said how it ended there. */
  isEndHeard: boolean;
  /** Whose word the bill waits for: another session may have taken the stream over, and go on with it. */
  billAwaits: "nobody" | "worker" | "queue";
  /** The meter had no room for the final record. */
  isUsageOwed: boolean;
}

/** A session that is not its request's only one: what it takes over, if anything. */
export interface Continued {
  readonly session: RequestId;
  readonly shownFrom: number;
  readonly attachedAttempt: number;
  readonly isReplay: boolean;
  readonly runsAgain: boolean;
}

export const fromTheStart: Omit<Continued, "session"> = {
  shownFrom: 0,
  attachedAttempt: 0,
  isReplay: false,
  runsAgain: false,
};

/** Undefined: this process cannot read what the engine will say. */
export const vocabularyOf = (
  { vocabularies }: Session,
  { tokenizer }: { readonly tokenizer?: string },
): Vocabulary | undefined => vocabularies(tokenizer ?? quadVocabulary.name);

/** What a call begins with beside its request. */
export interface CallStart {
  readonly vocabulary: Vocabulary;
  readonly nowMs: number;
}

export function startCall(
  open: Open,
  { vocabulary, nowMs }: CallStart,
  continued?: Continued,
): Call {
  const { promptBytes, ...request } = open;
  const continuing = continued ?? { ...fromTheStart, session: request.requestId };
  const { session } = continuing;
  const { edge, tenant, namespace, stopStrings } = request;
  return {
    request,
    promptBytes,
    ...continuing,
    client: clientAddress(edge, session),
    queue: tenantQueueAddress(tenant),
    directory: sessionDirectoryAddress(edge),
    prefixKeys: prefixKeys(namespace, promptBytes),
    openedAtMs: nowMs,
    deadlineAtMs: nowMs + request.timeoutMs,
    phase: "submitting",
    attempt: 1,
    shardEpoch: 0,
    poolEpoch: 0,
    askedAtMs: undefined,
    isAdmitted: false,
    grantToNote: undefined,
    isRefused: false,
    limits: undefined,
    allowance: undefined,
    place: undefined,
    preemptions: 0,
    preemptionsUntold: 0,
    gaveWay: new Set(),
    continuations: 0,
    fruitlessAttempts: 0,
    suspicion: open.suspicion,
    crashedAttempts: new Set(),
    engineSilentAt: undefined,
    grants: 0,
    ranAt: { worker: "", workerType: "", zone: "" },
    delivered: [],
    output: startOutputText(stopStrings, vocabulary),
    splitAtEpochMs: 0,
    outputTokensBefore: 0,
    ackedIndex: 0,
    accountedAtMs: nowMs,
    staleFrameOf: 0,
    isClientPaused: false,
    lastSignAtMs: nowMs,
    startedAtMs: undefined,
    // Of a stream that goes on, the first token is the first session's to tell.
    firstTokenAtMs: goesOn(continuing) ? nowMs : undefined,
    lastTokenAtMs: nowMs,
    totals: new Map(),
    earlierWork: noEarlierWork,
    ending: undefined,
  };
}

/** Its client had the stream before, or may have. */
export const goesOn = ({
  attachedAttempt,
  shownFrom,
}: Pick<Call, "attachedAttempt" | "shownFrom">): boolean => attachedAttempt > 0 || shownFrom > 0;

/**
 * Its client has named the request, and it is not admitted: another session may run it. Whatever becomes of this one, it
 * leaves no trace in the request's account.
 */
export const isUnproven = ({ request, isAdmitted }: Call): boolean =>
  request.idempotency !== undefined && !isAdmitted;

export const nothing: readonly Effect[] = [];

export type TimerName = SessionTimer["name"];

export const armTimer = (name: TimerName, atMs: number): Arm =>
  arm(name, atMs, { kind: "timer-fired", name } satisfies SessionTimer);

/** Under which id a directory holds the session, if that is not the request's. */
export const ownId = ({ session, request }: Call): { readonly session?: RequestId } =>
  session === request.requestId ? {} : { session };

/** Only a session that was handed a stream without its prompt cannot start it elsewhere. */
export const canStartAgain = ({ promptBytes, request }: Call): boolean =>
  promptBytes.length > 0 || request.promptTokens === 0;

/** A note of this request's story. */
export const story = (call: Call, event: string, fields: Note["fields"] = {}): Note =>
  note(event, {
    requestId: call.request.requestId,
    tenant: call.request.tenant,
    pool: call.request.pool,
    attempt: call.attempt,
    ...fields,
  });

/** Something late or doubled that must not act. */
export const stale = (call: Call, message: string, why: string): readonly Effect[] => [
  story(call, "session.stale", { message, why }),
];
