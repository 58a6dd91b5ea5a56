// One attempt of a request on this worker, from its start until its output is forgotten. Law: it is live (the engine
// may hold something for it) or ended (only its tokens are kept), and it ends once.

import type { Address } from "#shared/actor/actor.ts";
import type { LastWord } from "#shared/messages/owed-bill.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, RequestId, TenantId } from "#shared/model/ids.ts";
import { attemptKey } from "#shared/model/ids.ts";
import { blocksFor } from "#shared/model/kv-blocks.ts";
import type { FinishReason } from "#shared/model/sampling.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { startLog } from "./token-log.ts";
import type { TokenLog } from "./token-log.ts";

/** Why a sequence is being stopped. `superseded`: a later attempt of the request started here. */
export type StopCause =
  | "cancelled"
  | "voided"
  | "superseded"
  | "preempted"
  | "draining"
  | "engine-lost";

export interface Sequence {
  /** `attemptKey`: the engine's name for it. */
  readonly key: string;
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  readonly weight: number;
  /** Undefined: its grant named none. */
  readonly band: number | undefined;
  readonly adapterDigest: AdapterDigest;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  readonly forcedTokens: number;
  /** Where its frames go, and who commands it: the session that last started it or took it over. */
  session: Address;
  /** By another session than the one that was granted it. */
  isTakenOver: boolean;
  readonly log: TokenLog;
  /** As it was started, for who takes it over. */
  readonly started: Start;
  /** Its output is not to be had again. */
  isDiscarded: boolean;
  /** What its session said of its client's output when it ended there. Undefined: nothing, or that its client hung up. */
  lastWord: LastWord | undefined;
  /** Stopped because nobody reads it and nobody came for it. */
  isAbandoned: boolean;
  /** Since when its frames are read by nobody, as far as is known. */
  unclaimedAtMs: number | undefined;
  totals: ExecutedTotals;
  heldBlocks: number;
  /** As far as this worker knows; the router's first booking is learned from the first answer to `extend`. */
  bookedBlocks: number;
  knowsBooking: boolean;
  isExtending: boolean;
  isPaused: boolean;
  /** Set once the engine was told to stop it. */
  stopCause: StopCause | undefined;
  /** The router waits for `router-voided`. */
  isVoided: boolean;
  preemptedAtMs: number | undefined;
  /** It runs alone until its output has passed this index. Undefined: in company. */
  aloneUntilIndex: number | undefined;
  /** Its router told it to give way to others. */
  gaveWay: boolean;
  /** When the engine last said anything about it. */
  heardAtMs: number;
  /** No frame went to its session since the last beat. */
  isSilent: boolean;
  /** Of its totals, as far as its session was told before its end. */
  toldGpuUs: number;
  /** Until the engine is heard, to be said again. */
  run: Run | undefined;
}

/** KV blocks that its end gives back: booked, or held beyond that. */
export const ownBlocks = ({ heldBlocks, bookedBlocks }: Sequence): number =>
  Math.max(heldBlocks, bookedBlocks);

/** An ended sequence: its output is kept for a while, should its client have lost the stream. */
export interface EndedSequence {
  readonly requestId: RequestId;
  readonly attempt: number;
  readonly tenant: TenantId;
  session: Address;
  isTakenOver: boolean;
  isDiscarded: boolean;
  /** Its session has all of it: the end is told no more. */
  isDelivered: boolean;
  lastWord: LastWord | undefined;
  /** Nobody read it to its end, as far as is known. */
  isAbandoned: boolean;
  /** Of the registration of its session's edge, when it ended. Undefined: there was none. */
  readonly edgeEpoch: number | undefined;
  /** By this worker: once. */
  isBillClaimed: boolean;
  readonly started: Start;
  readonly log: TokenLog;
  /** What had been acknowledged when it ended. After that it proves nothing: whoever has gone on, or is over, acknowledges the end to hear no more of it. */
  readonly readAtEnd: number;
  readonly end: { readonly reason: FinishReason; readonly totals: ExecutedTotals };
  readonly endedAtMs: number;
}

export function createSequence(
  start: Start,
  { session, blockTokens, nowMs }: { session: Address; blockTokens: number; nowMs: number },
): Sequence {
  const { requestId, attempt, tenant, weight, adapterDigest, promptTokens, forcedPrefix } = start;
  const key = attemptKey(requestId, attempt);
  return {
    key,
    requestId,
    attempt,
    tenant,
    weight,
    band: start.band,
    adapterDigest,
    promptTokens,
    outputTokensMax: start.outputTokensMax,
    forcedTokens: forcedPrefix.length,
    session,
    isTakenOver: false,
    started: keptStart(start),
    isDiscarded: false,
    lastWord: undefined,
    isAbandoned: false,
    unclaimedAtMs: undefined,
    log: startLog(forcedPrefix),
    totals: nothingExecuted,
    heldBlocks: 0,
    bookedBlocks: blocksFor(promptTokens + forcedPrefix.length, blockTokens),
    knowsBooking: false,
    isExtending: false,
    isPaused: false,
    stopCause: undefined,
    isVoided: false,
    preemptedAtMs: undefined,
    aloneUntilIndex: start.aloneUntilIndex,
    gaveWay: false,
    heardAtMs: nowMs,
    isSilent: true,
    toldGpuUs: 0,
    run: runOf(key, start),
  };
}

/** A longer prompt is not kept: whoever takes the sequence over can read it to its end, and not start it elsewhere. */
const keptPromptBytesMax = 262_144;

const keptStart = (start: Start): Start => ({
  ...start,
  forcedPrefix: [],
  promptBytes: start.promptBytes.length > keptPromptBytesMax ? new Uint8Array() : start.promptBytes,
});

/** Of a sequence that is over its prompt is of no use any more. */
export const withoutPrompt = (start: Start): Start => ({ ...start, promptBytes: new Uint8Array() });

function runOf(key: string, start: Start): Run {
  return {
    kind: "run",
    sequence: key,
    tenant: start.tenant,
    weight: Math.max(1, start.weight),
    ...(start.band === undefined ? {} : { band: start.band }),
    namespace: start.namespace,
    adapterDigest: start.adapterDigest,
    promptBytes: start.promptBytes,
    promptDigest: start.promptDigest,
    promptTokens: start.promptTokens,
    forcedPrefix: start.forcedPrefix,
    outputTokensMax: Math.min(start.outputTokensMax, start.outputTokensGranted),
    outputTokensMin: start.outputTokensMin,
    ignoreEos: start.ignoreEos,
    sampling: start.sampling,
  };
}
