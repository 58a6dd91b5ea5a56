// A worker, its clock and its timers, driven by one-line commands and heard as one-line effects: for transcripts. The
// engine and everyone else are played by the script.

import { onlyQuad } from "#shared/model/quad-tokenizer.ts";
import type { WorkerState } from "./worker-state.ts";
import { createWorker } from "./worker.actor.ts";
import type { Actor, Address, Effect } from "#shared/actor/actor.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Start, ToWorker } from "#shared/messages/to-worker.ts";
import type {
  AdapterDigest,
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
} from "#shared/model/ids.ts";
import type { ResumeTerms } from "#shared/model/resume-terms.ts";
import type { SeenCrash } from "#shared/model/suspicion.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { VirtualCounters } from "#shared/messages/virtual-counters.ts";
import type { ExecutedTotals, UsageRecord } from "#shared/model/usage.ts";

type Words = ReadonlyMap<string, string>;

const placement = { pool: "main" as PoolId, host: "h1" as WorkerHostId, zone: "z1" };
const number = (words: Words, name: string, otherwise: number): number =>
  Number(words.get(name) ?? otherwise);
const text = (words: Words, name: string, otherwise: string): string =>
  words.get(name) ?? otherwise;

const defaultSender = (verb: string): string => (verb === "placed" ? "owner/p1" : "session/e1/s");

export class ScriptedWorker {
  readonly actor: Actor<WorkerState, ToWorker> = createWorker(
    placement,
    "meter/p1" as Address,
    onlyQuad,
  );
  readonly state: WorkerState = this.actor.init("worker/w1" as Address);
  readonly timers: Map<string, { readonly atMs: number; readonly message: ToWorker }> = new Map();
  /** A question of the beat that no story is about. */
  readonly hidden: Set<string> = new Set(["tell-gpu-time"]);
  lines: string[] = [];
  nowMs = 0;

  run(command: string): void {
    const [verb = "", ...rest] = command.split(" ");
    const words = new Map<string, string>();
    rest.forEach((word, index) => {
      const at = word.indexOf("=");
      if (at < 0) words.set(`${index}`, word);
      else words.set(word.slice(0, at), word.slice(at + 1));
    });
    if (verb === "wait") this.wait(number(words, "0", 0));
    else if (verb === "hide") for (const word of rest) this.hidden.add(word);
    else if (verb === "show") for (const word of rest) this.hidden.delete(word);
    else this.receive(messageOf(verb, words), text(words, "from", defaultSender(verb)) as Address);
  }

  receive(message: ToWorker, from: Address): void {
    const { nowMs } = this;
    for (const effect of this.actor.receive(this.state, { from, nowMs, message })) {
      this.#apply(effect);
    }
  }

  wait(forMs: number): void {
    const untilMs = this.nowMs + forMs;
    for (;;) {
      const [due] = [...this.timers].sort((one, other) => one[1].atMs - other[1].atMs);
      if (due === undefined || due[1].atMs > untilMs) break;
      this.timers.delete(due[0]);
      this.nowMs = due[1].atMs;
      this.receive(due[1].message, "worker/w1" as Address);
    }
    this.nowMs = untilMs;
  }

  #apply(effect: Effect): void {
    if (effect.kind === "arm") {
      this.timers.set(effect.timer, { atMs: effect.atMs, message: effect.message as ToWorker });
    } else if (effect.kind === "disarm") {
      this.timers.delete(effect.timer);
    } else if (effect.kind === "note") {
      this.#say(effect.event, `note ${effect.event}`, effect.fields);
    } else {
      const { kind, ...fields } = effect.message as { kind: string };
      this.#say(kind, `to ${effect.to}: ${kind}`, fields);
    }
  }

  #say(name: string, head: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.hidden.has(name)) return;
    const shown = Object.entries(fields)
      .filter(([field]) => !unshown.has(field))
      .map(([field, value]) => `${field}=${shownValue(field, value)}`);
    this.lines.push([head, ...shown].join(" "));
  }
}

const noCounter = { band: 0, weight: 1, places: 0, charged: 0, executed: 0 };

const unshown = new Set(["worker", "pool", "sampling", "promptDigest", "promptBytes", "namespace"]);

const shownFields: Readonly<Record<string, (value: never) => string>> = {
  totals: ({ outputTokens }: ExecutedTotals) => `output:${outputTokens}`,
  start: ({ promptBytes, resumeTerms }: Start) => `${promptBytes.length}-bytes,${resumeTerms}`,
  suspects: ({ length }: readonly unknown[]) => `${length}`,
  counters: ({ poolEpoch, seq, tenants }: VirtualCounters) =>
    `${poolEpoch}/${seq}:${tenants.map(({ tenant, ended }) => `${tenant}+${ended}`).join(",")}`,
  record: ({ outcome, promptTokens, cachedTokens, outputTokens, attempts }: UsageRecord) =>
    `${outcome},prompt:${promptTokens},cached:${cachedTokens},output:${outputTokens},attempts:${attempts}`,
  end: ({ reason }: { readonly reason: string }) => reason,
};

function shownValue(field: string, value: unknown): string {
  if (field === "sequences" && Array.isArray(value)) {
    return `[${(value as readonly ShownSequence[]).map(shownSequence).join(",")}]`;
  }
  if (field === "crash" && typeof value === "object") {
    const { isAlone, outputIndex } = value as SeenCrash;
    return `${isAlone ? "alone" : "in-company"}@${outputIndex}`;
  }
  const shown = shownFields[field];
  if (shown !== undefined) return shown(value as never);
  if (Array.isArray(value)) return `[${value.join(",")}]`;
  return String(value);
}

interface ShownSequence {
  readonly requestId: string;
  readonly attempt: number;
  readonly blocks?: number;
  readonly band?: number;
}

/** `r1.1:4@2`: it holds four blocks and stands in band 2. */
const shownSequence = ({ requestId, attempt, blocks, band }: ShownSequence): string =>
  `${requestId}.${attempt}${blocks === undefined ? "" : `:${blocks}`}${band === undefined ? "" : `@${band}`}`;

const request = (words: Words): { requestId: RequestId; attempt: number } => ({
  requestId: text(words, "0", "") as RequestId,
  attempt: number(words, "attempt", 1),
});

function startOf(words: Words): Start {
  const promptTokens = number(words, "prompt", 32);
  const outputTokensMax = number(words, "max", 64);
  return {
    kind: "start",
    ...request(words),
    incarnation: number(words, "incarnation", 7),
    shard: 3,
    shardEpoch: number(words, "shard-epoch", 5),
    poolEpoch: number(words, "pool-epoch", 5),
    tenant: text(words, "tenant", "acme") as TenantId,
    weight: 1,
    ...(words.has("band") ? { band: number(words, "band", 0) } : {}),
    namespace: "n",
    adapterDigest: text(words, "adapter", "") as AdapterDigest,
    promptBytes: new Uint8Array(promptTokens * 4),
    promptDigest: "d",
    promptTokens,
    forcedPrefix: Array.from({ length: number(words, "forced", 0) }, (_, index) => 100 + index),
    outputTokensMax,
    outputTokensMin: 0,
    ignoreEos: false,
    sampling: {},
    outputTokensGranted: number(words, "granted", outputTokensMax),
    ...(words.has("must-replay") ? { mustReplay: true } : {}),
    ...(words.has("alone") ? { aloneUntilIndex: number(words, "alone", 0) } : {}),
    ...(words.has("residency") ? { residency: text(words, "residency", "").split(",") } : {}),
    ...(words.has("terms") ? { resumeTerms: text(words, "terms", "") } : {}),
    ...(words.has("billable") ? { resumeTerms: billableTerms } : {}),
  };
}

/** As a session leaves them. */
const billableTerms = JSON.stringify({
  pool: placement.pool,
  model: "llama",
  modelVersion: "llama-1",
  stopStrings: [],
  arrivedAtEpochMs: 1000,
  preemptions: 0,
  continuations: 0,
  queueMs: 7,
} satisfies ResumeTerms);

const totalsOf = (words: Words): ExecutedTotals => ({
  ...nothingExecuted,
  prefillTokens: number(words, "prefill", 0),
  cachedTokens: number(words, "cached", 0),
  outputTokens: number(words, "output", 0),
});

/** `step r1.1 tokens=2 output=5`: two tokens, five in all; each token's id is its index in the attempt. */
function outputOf(words: Words): StepOutput {
  const count = number(words, "tokens", 0);
  const produced = number(words, "output", count);
  const end = words.get("end");
  return {
    sequence: text(words, "0", ""),
    tokens: Array.from({ length: count }, (_, index) => produced - count + index),
    blocks: number(words, "blocks", 2),
    totals: totalsOf(words),
    ...(end === undefined ? {} : { end: end as "stop" | "length" }),
  };
}

const digestsOf = (list: string): AdapterDigest[] =>
  (list === "" ? [] : list.split(",")) as AdapterDigest[];

// oxlint-disable-next-line eslint/complexity, eslint/max-lines-per-function -- one case per command
function messageOf(verb: string, words: Words): ToWorker {
  const first = text(words, "0", "");
  switch (verb) {
    case "placed":
      return { kind: "placed", incarnation: Number(first) };
    case "registration-lost":
      return { kind: "registration-lost" };
    case "up":
      return {
        kind: "engine-up",
        workerType: "scripted",
        gpus: 1,
        sequencesMax: number(words, "sequences", 4),
        totalBlocks: number(words, "blocks", 100),
        blockTokens: 16,
        adapterSlots: 2,
        ...(words.has("replays") ? { replaysExactly: true } : {}),
        ...(words.has("step") ? { stepTokensMax: number(words, "step", 0) } : {}),
        ...(words.has("recompute-us")
          ? {
              recomputeUsPerToken: number(words, "recompute-us", 0),
              swapUsPerToken: number(words, "swap-us", 0),
            }
          : {}),
      };
    case "crashed":
      return { kind: "engine-crashed", reason: "exited", restartMs: 2000 };
    case "suspects-noted":
      return { kind: "suspects-noted", crash: first };
    case "start":
      return startOf(words);
    case "step":
      return {
        kind: "step",
        outputs: [outputOf(words)],
        usedBlocks: number(words, "used", 2),
        freeBlocks: 100 - number(words, "used", 2),
        ...(words.has("beyond")
          ? { beyondShare: text(words, "beyond", "").split(",") as TenantId[] }
          : {}),
      };
    case "stopped":
      return { kind: "sequence-stopped", sequence: first, totals: totalsOf(words) };
    case "preempted":
      return { kind: "sequence-preempted", sequence: first, totals: totalsOf(words) };
    case "resumed":
      return { kind: "sequence-resumed", sequence: first };
    case "engine-refused":
      return {
        kind: "engine-refused",
        sequence: first,
        reason: text(words, "reason", "no-slot") as "no-slot",
      };
    case "attach":
      return {
        kind: "attach",
        ...request(words),
        incarnation: number(words, "incarnation", 7),
        tenant: text(words, "tenant", "acme") as TenantId,
        after: number(words, "after", -1),
        ...(words.has("models") ? { models: text(words, "models", "").split(",") } : {}),
      };
    case "unclaimed":
      return { kind: "unclaimed", ...request(words) };
    case "edges":
      return {
        kind: "edges-registered",
        edges: [...words].map(([edge, epoch]) => ({
          edge: edge as EdgeId,
          epoch: Number(epoch),
        })),
      };
    case "bill":
      return {
        kind: "bill-answered",
        ...request(words),
        isGiven: words.has("given"),
      };
    case "cancel":
      return {
        kind: "cancel",
        ...request(words),
        ...(words.has("discarded") ? { isDiscarded: true } : {}),
        ...(words.has("outcome")
          ? {
              lastWord: {
                outcome: text(words, "outcome", ""),
                billedTokens: number(words, "billed", 0),
              },
            }
          : {}),
      };
    case "ack":
      return {
        kind: "ack",
        ...request(words),
        nextIndex: number(words, "next", 0),
        isBehind: words.has("behind"),
      };
    case "void":
      return { kind: "void", ...request(words), poolEpoch: number(words, "epoch", 5) };
    case "preempt":
      return { kind: "preempt", ...request(words), poolEpoch: number(words, "epoch", 5) };
    case "collect-pool":
      return {
        kind: "collect-pool",
        pool: "main" as PoolId,
        poolEpoch: number(words, "epoch", 5),
      };
    case "keep-counters":
      return {
        kind: "keep-counters",
        pool: "main" as PoolId,
        poolEpoch: number(words, "epoch", 5),
        seq: number(words, "seq", 1),
        tenants: [{ ...noCounter, tenant: first as TenantId, ended: number(words, "ended", 0) }],
      };
    case "collect-sequences":
      return {
        kind: "collect-sequences",
        tenant: first as TenantId,
        shard: 3,
        shardEpoch: number(words, "epoch", 5),
      };
    case "extended":
      return { kind: "extended", ...request(words), blocks: number(words, "blocks", 0) };
    case "extend-refused":
      return { kind: "extend-refused", ...request(words) };
    case "noted":
      return { kind: "end-noted", ...request(words), by: text(words, "by", "router") as "router" };
    case "rights":
      return {
        kind: "adapter-rights",
        rights: [...words].map(([digest, tenants]) => ({
          digest: digest as AdapterDigest,
          bytes: 1,
          tenants: tenants.split(",") as TenantId[],
        })),
      };
    case "load":
      return {
        kind: "load-adapter",
        incarnation: number(words, "incarnation", 7),
        digest: first as AdapterDigest,
        bytes: 1,
        tier: "host",
        evict: text(words, "evict", "") as AdapterDigest,
      };
    case "loaded":
      return {
        kind: "adapter-loaded",
        digest: first as AdapterDigest,
        residents: digestsOf(text(words, "residents", first)),
      };
    case "load-failed":
      return {
        kind: "adapter-failed",
        digest: first as AdapterDigest,
        reason: text(words, "reason", "broken"),
      };
    case "cordon":
      return { kind: "cordon", isCordoned: first !== "off" };
    case "drain":
      return { kind: "drain", patienceMs: number(words, "patience", 1000) };
    default:
      throw new Error(`unknown command: ${verb}`);
  }
}
