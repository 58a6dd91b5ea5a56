// A session on a stage of its own: commands in, one line per effect out, and a clock that fires its timers.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Address, Effect } from "#shared/actor/actor.ts";
import { sessionAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Open } from "#shared/messages/open-request.ts";
import type { SessionAdmitted } from "#shared/messages/to-session-directory.ts";
import type { Granted, Located, ToSession, Tokens } from "#shared/messages/to-session.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerId,
} from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import type { Suspicion } from "#shared/model/suspicion.ts";
import type { Token, Vocabularies } from "#shared/model/tokenizer.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { createSession } from "./session.actor.ts";
import type { Session } from "./session-state.ts";

const edge = "e1" as EdgeId;
const requestId = "r1" as RequestId;
const limits: RateLimits = {
  requestsLimit: 60,
  requestsRemaining: 59,
  requestsResetMs: 1000,
  tokensLimit: 1000,
  tokensRemaining: 900,
  tokensResetMs: 6000,
};

export function encode(text: string): Token[] {
  const bytes = Buffer.from(text);
  const tokens: Token[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerToken) {
    tokens.push(
      Buffer.concat([
        bytes.subarray(at, at + bytesPerToken),
        Buffer.alloc(bytesPerToken),
      ]).readUInt32LE(),
    );
  }
  return tokens;
}

export function openMessage(words: ReadonlyMap<string, string> = new Map()): ToSession {
  const promptBytes = Buffer.from("a prompt of ten tokens, by quad tokenizer");
  const stop = words.get("stop");
  return {
    kind: "open",
    requestId,
    edge,
    meter: "meter/p1" as Address,
    tenant: "acme" as TenantId,
    shard: 7,
    pool: "p1" as PoolId,
    model: "m",
    modelVersion: "1",
    adapterDigest: "" as AdapterDigest,
    namespace: "ns",
    ...(words.has("tokenizer") ? { tokenizer: words.get("tokenizer") ?? "" } : {}),
    promptBytes,
    promptDigest: "digest",
    promptTokens: 10,
    outputTokensMax: Number(words.get("max") ?? 100),
    outputTokensMin: 0,
    ignoreEos: false,
    stopStrings: stop === undefined ? [] : stop.split("|"),
    sampling: {},
    timeoutMs: Number(words.get("timeout") ?? 60_000),
    // 22:13 UTC; or so long before midnight.
    arrivedAtEpochMs: words.has("midnight-in")
      ? 1_700_006_400_000 - Number(words.get("midnight-in"))
      : 1_700_000_000_000,
    ...(words.has("key")
      ? { idempotency: { key: words.get("key") ?? "", body: "b", run: 0 } }
      : {}),
    ...(words.has("whole") ? { isInOnePiece: true } : {}),
    ...(words.has("after") ? { after: Number(words.get("after")) } : {}),
  };
}

/** `crashes=2 of=1,3 index=7`, `guilty=yes`: of those, its own attempts. */
function suspicionOf(words: ReadonlyMap<string, string>): Partial<Record<"suspicion", Suspicion>> {
  if (!words.has("crashes")) return {};
  return {
    suspicion: {
      crashes: Number(words.get("crashes")),
      attempts: (words.get("of") ?? "1").split(",").map(Number),
      outputIndex: Number(words.get("index") ?? 0),
      worker: "",
      ...(words.has("guilty") ? { isGuilty: true } : {}),
    },
  };
}

const earlierOf = (words: ReadonlyMap<string, string>): Pick<Located, "earlier"> =>
  words.has("preemptions")
    ? {
        earlier: {
          preemptions: Number(words.get("preemptions")),
          continuations: Number(words.get("continuations") ?? 0),
          ...suspicionOf(words),
        },
      }
    : {};

/** `stop= as at the opening, `prompt=none` where the worker kept none, `over=yes` where nothing runs. */
function attachedMessage(words: ReadonlyMap<string, string>): ToSession {
  const attempt = Number(words.get("attempt") ?? 1);
  const { promptBytes, ...request } = openMessage(words) as Open;
  const { namespace, adapterDigest, promptDigest, promptTokens, sampling } = request;
  const { outputTokensMax, outputTokensMin, ignoreEos, tenant, shard } = request;
  const terms = {
    pool: request.pool,
    model: request.model,
    modelVersion: request.modelVersion,
    ...(request.tokenizer === undefined ? {} : { tokenizer: request.tokenizer }),
    stopStrings: request.stopStrings,
    arrivedAtEpochMs: request.arrivedAtEpochMs,
    preemptions: 0,
    continuations: 0,
    ...suspicionOf(words),
    replyTerms: "as before",
  };
  return {
    kind: "attached",
    requestId,
    attempt,
    worker: "w-1" as WorkerId,
    workerType: "simulated",
    zone: "z1",
    isOver: words.has("over"),
    start: {
      kind: "start",
      requestId,
      attempt,
      incarnation: 1,
      shard,
      shardEpoch: 1,
      poolEpoch: 1,
      tenant,
      weight: 4,
      namespace,
      adapterDigest,
      promptBytes: words.get("prompt") === "none" ? new Uint8Array() : promptBytes,
      promptDigest,
      promptTokens,
      forcedPrefix: [],
      outputTokensMax,
      outputTokensMin,
      ignoreEos,
      sampling,
      outputTokensGranted: outputTokensMax,
      resumeTerms: words.get("terms") ?? JSON.stringify(terms),
    },
  };
}

export class Scene {
  readonly self: Address;
  state: Session;
  lines: string[] = [];
  nowMs = 0;
  readonly #timers = new Map<string, { atMs: number; message: ToSession }>();
  /** Kinds of messages that a full mailbox turns away, until told otherwise. */
  readonly #turnedAway = new Set<string>();
  /** Else the directory notes every admission at once. */
  #isDirectoryBehind = false;
  isFinished = false;

  readonly #session: ReturnType<typeof createSession>;

  /** `ownId`: of a session that resumes the stream of `r1`. */
  constructor(ownId: string = requestId, vocabularies: Vocabularies = onlyQuad) {
    this.#session = createSession(vocabularies);
    this.self = sessionAddress(edge, ownId as RequestId);
    this.state = this.#session.init(this.self);
  }

  receive(message: ToSession, from: Address = this.self): readonly Effect[] {
    // After its end a host knows it no more: the next message begins another.
    if (this.isFinished) this.state = this.#session.init(this.self);
    const effects = [...this.#session.receive(this.state, { from, nowMs: this.nowMs, message })];
    this.#perform(effects);
    const toNote = effects.flatMap(admissionIn)[0];
    if (toNote !== undefined && !this.#isDirectoryBehind) {
      const { shardEpoch } = toNote;
      effects.push(...this.receive({ kind: "admission-noted", shardEpoch }));
    }
    for (const effect of effects) {
      if (effect.kind !== "send" || !this.#turnedAway.has(kindOf(effect.message))) continue;
      const { to, message: refused } = effect;
      const { nowMs } = this;
      this.#perform(this.#session.undelivered?.(this.state, { to, message: refused, nowMs }) ?? []);
    }
    this.isFinished = this.#session.isFinished?.(this.state) === true;
    if (this.isFinished) {
      this.#timers.clear();
      this.lines.push("(finished)");
    }
    return effects;
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === "arm") {
        const { timer, atMs, message } = effect;
        this.#timers.set(timer, { atMs, message: message as ToSession });
      } else if (effect.kind === "disarm") this.#timers.delete(effect.timer);
      else this.lines.push(lineOf(effect));
    }
  }

  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const [due] = [...this.#timers].toSorted((a, b) => a[1].atMs - b[1].atMs);
      if (due === undefined || due[1].atMs > endMs) break;
      this.#timers.delete(due[0]);
      this.nowMs = Math.max(this.nowMs, due[1].atMs);
      this.lines.push(`(${this.nowMs} ms: ${due[0]})`);
      this.receive(due[1].message);
    }
    this.nowMs = endMs;
  }

  /** As `run` would receive it. */
  message(command: string): ToSession {
    const { verb, words } = readCommand(command);
    return messageOf(verb, words);
  }

  /** `verb name=value …`, values in double quotes where they hold spaces. */
  run(command: string): void {
    const { verb, rest, words } = readCommand(command);
    if (verb === "wait") this.wait(Number(rest[0]));
    else if (verb === "full") this.#turnedAway.add(rest[0] ?? "");
    else if (verb === "roomy") this.#turnedAway.clear();
    else if (verb === "directory") this.#isDirectoryBehind = rest[0] === "behind";
    else this.receive(messageOf(verb, words), workerAddress("w-1" as WorkerId));
  }
}

function readCommand(command: string): {
  readonly verb: string;
  readonly rest: readonly string[];
  readonly words: ReadonlyMap<string, string>;
} {
  const [verb = "", ...rest] = [...command.matchAll(/(?:[^\s"]|"[^"]*")+/g)].map(([word]) => word);
  const words = rest.map((word): [string, string] => {
    const [name = "", value = ""] = word.split(/=(.*)/s);
    return [name, value.replaceAll('"', "").replaceAll("\\n", "\n")];
  });
  return { verb, rest, words: new Map(words) };
}

const admissionIn = (effect: Effect): readonly SessionAdmitted[] =>
  effect.kind === "send" && kindOf(effect.message) === "session-admitted"
    ? [effect.message as SessionAdmitted]
    : [];

const kindOf = (message: unknown): string => (message as { kind: string }).kind;

/** `allowed=64`: output tokens of a hard quota. */
const allowanceOf = (words: ReadonlyMap<string, string>): Partial<Pick<Granted, "allowance">> =>
  words.has("allowed")
    ? {
        allowance: {
          outputTokens: Number(words.get("allowed")),
          atEnd: "ask",
          holds: [],
          ...(words.has("renew-in")
            ? { renewAtEpochMs: 1_700_000_000_000 + Number(words.get("renew-in")) }
            : {}),
        },
      }
    : {};

// oxlint-disable-next-line eslint/complexity -- a table
function messageOf(verb: string, words: ReadonlyMap<string, string>): ToSession {
  const number = (name: string, otherwise = 1): number => Number(words.get(name) ?? otherwise);
  const attempt = number("attempt");
  const shardEpoch = number("epoch");
  const worker = (words.get("worker") ?? "w-1") as WorkerId;
  const incarnation = number("incarnation");
  const totals: ExecutedTotals = {
    ...nothingExecuted,
    prefillTokens: number("prefill", 8),
    cachedTokens: number("cached", 2),
    outputTokens: number("output", 0),
    gpuUs: number("gpu", 0),
  };
  switch (verb) {
    case "open":
      return openMessage(words);
    case "resume":
      return {
        kind: verb,
        requestId,
        edge,
        meter: "meter/p1" as Address,
        tenant: "acme" as TenantId,
        shard: 7,
        after: number("after", -1),
        ...(words.has("models")
          ? { models: (words.get("models") ?? "").split(",").filter((one) => one !== "") }
          : {}),
        timeoutMs: 60_000,
      };
    case "located":
      return words.has("worker")
        ? {
            kind: verb,
            requestId,
            isKnown: true,
            ranOn: { attempt, worker, incarnation },
            ...earlierOf(words),
          }
        : {
            kind: verb,
            requestId,
            isKnown: !words.has("unknown"),
            attempt: number("attempt", 0),
            ...earlierOf(words),
          };
    case "attached":
      return attachedMessage(words);
    case "attach-refused":
      return {
        kind: verb,
        requestId,
        attempt,
        reason: (words.get("reason") ?? "gone") as "gone",
      };
    case "detached":
    case "preempted":
      return { kind: verb, requestId, attempt };
    case "client-gone":
    case "client-paused":
    case "client-ready":
    case "edge-draining":
      return { kind: verb };
    case "queued":
      return { kind: verb, requestId, attempt, shardEpoch, limits, ...allowanceOf(words) };
    case "refused": {
      const code = (words.get("code") ?? "queue_full") as Refusal["code"];
      const refusal: Refusal = { code, message: "No.", retryAfterMs: 700 };
      return { kind: verb, requestId, shardEpoch, refusal, limits };
    }
    case "unknown":
      return { kind: verb, requestId };
    case "settled":
      return { kind: verb, requestId, ...(words.has("taken-over") ? { isTakenOver: true } : {}) };
    case "announce":
    case "admission-noted":
      return { kind: verb, shardEpoch };
    case "granted": {
      const poolEpoch = number("pool");
      const place = { worker, incarnation, shardEpoch, poolEpoch, weight: 4 };
      const alone = words.has("alone") ? { isAlone: true } : {};
      const gaveWay = words.has("preemptions") ? { preemptions: number("preemptions") } : {};
      const earlier = { ...gaveWay, ...suspicionOf(words) };
      return {
        kind: verb,
        requestId,
        attempt,
        ...place,
        ...allowanceOf(words),
        ...alone,
        ...earlier,
      };
    }
    case "started":
      return {
        kind: verb,
        requestId,
        attempt,
        worker,
        incarnation,
        workerType: "simulated",
        zone: "z1",
      };
    case "start-refused": {
      const reason = (words.get("reason") ?? "draining") as "draining";
      return { kind: verb, requestId, attempt, reason, retryable: !words.has("final") };
    }
    case "returned": {
      const reason = (words.get("reason") ?? "preempted") as "preempted";
      const outputIndex = number("index", 0);
      const crash = { isAlone: words.has("alone"), outputIndex, worker };
      const died = words.has("crashed") ? { reason: "engine-crashed" as const, crash } : {};
      return { kind: verb, requestId, attempt, reason, totals, ...died };
    }
    case "worker-lost":
      return { kind: verb, worker, incarnation };
    case "alive":
      return {
        kind: verb,
        requestId,
        attempt,
        outputTokens: number("tokens", 0),
        ...(words.has("silent") ? { isEngineSilent: true } : {}),
      };
    case "tokens": {
      const reason = words.get("end") as "stop" | "length" | "cancelled" | undefined;
      return {
        kind: verb,
        requestId,
        attempt,
        firstIndex: number("from", 0),
        tokens: encode(words.get("text") ?? ""),
        ...(reason === undefined ? {} : { end: { reason, totals } }),
      } satisfies Tokens;
    }
    default:
      return assert.fail(`unknown command: ${verb}`);
  }
}

/** What a line tells of a message: the rest is the same in every scene. */
const told: Readonly<Record<string, readonly string[]>> = {
  submit: [
    "attempt",
    "deliveredTokens",
    "admitted",
    "runningOn",
    "ageMs",
    "remainingMs",
    "takesOver",
    "hasLostStream",
    "preemptions",
    "suspicion",
  ],
  cancel: ["attempt", "isOwn"],
  finished: ["attempt", "deliveredTokens", "isWhole", "isServed"],
  start: [
    "attempt",
    "incarnation",
    "shardEpoch",
    "poolEpoch",
    "forcedPrefix",
    "mustReplay",
    "aloneUntilIndex",
  ],
  ack: ["attempt", "nextIndex", "isBehind"],
  output: ["text", "outputTokens", "index"],
  resumed: ["replyTerms", "model"],
  attach: ["attempt", "incarnation", "after", "models"],
  unclaimed: ["attempt"],
  "session-opened": ["session"],
  "session-closed": ["session"],
  completed: ["reason", "promptTokens", "cachedTokens", "outputTokens"],
  failed: ["refusal"],
  usage: ["isFinal", "record"],
  "session-admitted": ["tokens", "session"],
  "letter-died": ["cause", "attempts", "engineCrashes", "promptTokens", "deliveredTokens"],
};
const toldOfNotes = [
  "code",
  "why",
  "reason",
  "window",
  "outcome",
  "message",
  "queueMs",
  "ttftMs",
  "tpotMs",
  "attempts",
  "after",
];

export function lineOf(effect: Effect): string {
  if (effect.kind === "note") {
    return ["note", effect.event, ...pairs(effect.fields, toldOfNotes)].join(" ");
  }
  assert.equal(effect.kind, "send");
  const { to, message } = effect as { to: Address; message: Readonly<Record<string, unknown>> };
  const kind = kindOf(message);
  return [`to ${to}:`, kind, ...pairs(message, told[kind] ?? [])].join(" ");
}

const pairs = (fields: Readonly<Record<string, unknown>>, names: readonly string[]): string[] =>
  names.flatMap((name) => (name in fields ? [`${name}=${valueOf(fields[name])}`] : []));

function valueOf(value: unknown): string {
  if (Array.isArray(value)) {
    return typeof value[0] === "string" ? value.join() : `${value.length} tokens`;
  }
  if (typeof value !== "object")
    return typeof value === "string" ? JSON.stringify(value) : `${value as number}`;
  const { crashes, outputIndex } = value as Record<string, unknown>;
  if (crashes !== undefined) return `(${crashes as number} crashes at ${outputIndex as number})`;
  const { code, outcome, promptTokens, outputTokens, attempts, queueMs, gpuUs } = value as Record<
    string,
    unknown
  >;
  if (code !== undefined) return code as string;
  return `(${outcome as string}, prompt ${promptTokens as number}, output ${outputTokens as number}, attempts ${attempts as number}, queued ${queueMs as number} ms, gpu ${gpuUs as number} µs)`;
}
