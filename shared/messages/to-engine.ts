// The engine port: all that a worker tells its engine, whatever computes behind it. The engine answers with
// the engine messages of `to-worker.ts`. Senders: the worker; for the simulated engine, its own timer.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Sampling } from "#shared/model/sampling.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { Fields } from "./fields.ts";
import type { TimerFired } from "./timer-fired.ts";

export type ToEngine =
  | Boot
  | Run
  | Stop
  | Pause
  | Resume
  | EngineLoadAdapter
  | EngineReset
  | TellGpuTime
  | EngineTimer;

/** Begin: answer `engine-up`. From the worker when it is placed. */
export interface Boot {
  readonly kind: "boot";
}

/** Run a sequence. Its id is fresh per attempt and ours. */
export interface Run {
  readonly kind: "run";
  readonly sequence: string;
  readonly tenant: TenantId;
  /** The tenant's share of the engine. Absent: 1. */
  readonly weight?: number;
  /** Lower goes first, the highest number is preempted first. Absent: 0. */
  readonly band?: number;
  readonly namespace: string;
  readonly adapterDigest: AdapterDigest;
  /** Ids in the model's vocabulary, little-endian, four bytes each. */
  readonly promptBytes: Uint8Array;
  readonly promptDigest: string;
  readonly promptTokens: number;
  readonly forcedPrefix: readonly Token[];
  readonly outputTokensMax: number;
  readonly outputTokensMin: number;
  readonly ignoreEos: boolean;
  readonly sampling: Sampling;
}

/** Stop a sequence at the next step boundary; answer `sequence-stopped`. Idempotent. */
export interface Stop {
  readonly kind: "stop";
  readonly sequence: string;
}

/** Keep the sequence and its blocks, but do not step it: its reader is full. */
export interface Pause {
  readonly kind: "pause";
  readonly sequence: string;
}

/** Step the sequence again: its reader has room. */
export interface Resume {
  readonly kind: "resume";
  readonly sequence: string;
}

/** Fill a GPU slot, off the batch path. Answered by `adapter-loaded` or `adapter-failed`. */
export interface EngineLoadAdapter {
  readonly kind: "load-adapter";
  readonly digest: AdapterDigest;
  readonly bytes: number;
  readonly tier: "host" | "disk";
  readonly evict: AdapterDigest | "";
}

/** Forget every sequence and cached block at once, answer `engine-up`. After a lost registration. */
export interface EngineReset {
  readonly kind: "reset";
}

/** Answer `gpu-time`: each five seconds, so that idle time is known while it passes. */
export interface TellGpuTime {
  readonly kind: "tell-gpu-time";
}

/** `step`: the running step is over. `load`: an adapter load is over. `restart`: it is up again after a crash. Only the simulated engine has timers. */
export type EngineTimer = TimerFired<"step" | "load" | "restart">;

export const toEngine = (engine: Address, message: ToEngine): Send => send(engine, message);

export const toEngineFields: Fields<ToEngine> = {
  boot: {},
  run: {
    sequence: "string",
    tenant: "string",
    weight: "number?",
    band: "number?",
    namespace: "string",
    adapterDigest: "string",
    promptBytes: "bytes",
    promptDigest: "string",
    promptTokens: "number",
    forcedPrefix: "array",
    outputTokensMax: "number",
    outputTokensMin: "number",
    ignoreEos: "boolean",
    sampling: "object",
  },
  stop: { sequence: "string" },
  pause: { sequence: "string" },
  resume: { sequence: "string" },
  "load-adapter": { digest: "string", bytes: "number", tier: "string", evict: "string" },
  reset: {},
  "tell-gpu-time": {},
  "timer-fired": { name: "string" },
};
