import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import type { AdapterDigest, PoolId, WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import { noEarlierWork } from "#shared/model/earlier-work.ts";
import { oracleFor, oracleToken } from "#shared/model/oracle.ts";
import type { ResumeTerms } from "#shared/model/resume-terms.ts";
import { onlyQuad, quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import type { Token, Vocabularies } from "#shared/model/tokenizer.ts";
import { detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { tableVocabulary } from "#shared/tokenizer/token-table.ts";
import { createSequence } from "./sequence.ts";
import { acknowledge, pushTokens, rewind } from "./token-log.ts";
import { witnessed } from "./witness.ts";
import type { Witnessed } from "./witness.ts";
import { createWorkerState } from "./worker-state.ts";

const terms: ResumeTerms = {
  pool: "p" as PoolId,
  model: "llama",
  modelVersion: "llama-1",
  stopStrings: [],
  arrivedAtEpochMs: 5,
  preemptions: 0,
  continuations: 0,
};
const place = { pool: terms.pool, host: "h" as WorkerHostId, zone: "z" };
const tiny = tableVocabulary({
  name: "tiny",
  entries: Array.from({ length: 26 }, (_, index) => ({
    kind: "text",
    bytes: Uint8Array.of(0x61 + index),
  })),
  endIds: new Set(),
});
const vocabularies: Vocabularies = (name) => (name === tiny.name ? tiny : onlyQuad(name));
const state = createWorkerState("w1" as WorkerId, place, "meter/p" as Address, vocabularies);
const oracle = oracleFor({
  tenant: "acme",
  adapterDigest: "" as AdapterDigest,
  promptDigest: "d",
} as Parameters<typeof oracleFor>[0]);

interface Scene {
  readonly outputTokens: number;
  /** Absent: the oracle's. */
  readonly tokens?: readonly Token[];
  readonly acked?: number;
  /** Where a client that came back began to read. */
  readonly readFrom?: number;
  readonly terms?: Partial<ResumeTerms> | undefined;
  readonly prefillTokens?: number;
}

function witness(scene: Scene): Witnessed | undefined {
  const start = {
    tenant: "acme",
    requestId: "r1",
    attempt: 2,
    promptTokens: 100,
    forcedPrefix: [],
    promptBytes: new Uint8Array(),
    adapterDigest: "",
    ...("terms" in scene && scene.terms === undefined
      ? {}
      : { resumeTerms: JSON.stringify({ ...terms, ...scene.terms }) }),
  } as unknown as Start;
  const at = { session: "session/e1/r1" as Address, blockTokens: 16, nowMs: 0 };
  const sequence = createSequence(start, at);
  const tokens =
    scene.tokens ?? Array.from({ length: scene.outputTokens }, (_, n) => oracleToken(oracle, n));
  pushTokens(sequence.log, tokens);
  acknowledge(sequence.log, scene.acked ?? 0);
  if (scene.readFrom !== undefined) rewind(sequence.log, scene.readFrom);
  const { prefillTokens = 0 } = scene;
  sequence.totals = { ...nothingExecuted, prefillTokens, cachedTokens: 20 };
  return witnessed(state, sequence);
}

function check(scene: Scene, expect: Partial<UsageRecord> | undefined): void {
  const record = witness(scene)?.record;
  if (expect === undefined) assert.equal(record, undefined);
  else assert.deepEqual({ ...record, ...expect }, record);
}

const checkReceived = (scene: Scene, receivedTokens: number): void =>
  assert.equal(witness(scene)?.receivedTokens, receivedTokens);

test("output is billed as generated, at most a window beyond what was surely received", () => {
  check({ outputTokens: 30, acked: 10 }, { outputTokens: 30, outcome: "edge_lost", attempts: 2 });
  check({ outputTokens: 300, acked: 40 }, { outputTokens: 296 });
});

test("what an earlier reader received counts, though a later one began anew", () => {
  check({ outputTokens: 400, acked: 120, readFrom: 0 }, { outputTokens: 376 });
  check({ outputTokens: 400, acked: 64, readFrom: 101 }, { outputTokens: 357 });
});

test("what earlier attempts had, as their session left word, is in the account: the session's own holds it too", () => {
  const earlierWork = { ...noEarlierWork, gpuUs: 700, prefillMs: 3, preemptions: 1 };
  check({ outputTokens: 30, terms: { earlierWork } }, { gpuUs: 700, prefillMs: 3, preemptions: 1 });
  const strange = { earlierWork: { gpuUs: -5, prefillMs: "9" } } as unknown as Partial<ResumeTerms>;
  check({ outputTokens: 30, terms: strange }, { gpuUs: 0, prefillMs: 0 });
});

test("behind a stop string nothing is billed, for nothing could be shown", () => {
  const first = [0, 1, 2].map((n) => oracleToken(oracle, n));
  const stopString = detokenize(startDetokenizer(quadVocabulary), first).slice(-4, -1);
  check({ outputTokens: 40, terms: { stopStrings: [stopString] } }, { outputTokens: 2 });
  check({ outputTokens: 40, terms: { stopStrings: ["never said"] } }, { outputTokens: 40 });
});

test("a stop string is looked for in the vocabulary that the request named", () => {
  const tokens = Array.from({ length: 26 }, (_, id) => id);
  const scene = { outputTokens: 26, tokens, acked: 10 };
  check({ ...scene, terms: { tokenizer: "tiny", stopStrings: ["fgh"] } }, { outputTokens: 5 });
  // What this process cannot read may hold one: no more is billed than was surely received.
  check({ ...scene, terms: { tokenizer: "lost", stopStrings: ["fgh"] } }, { outputTokens: 10 });
  check({ ...scene, terms: { tokenizer: "lost" } }, { outputTokens: 26 });
});

test("surely received is what a session has acknowledged and could show", () => {
  checkReceived({ outputTokens: 30 }, 0);
  checkReceived({ outputTokens: 30, acked: 10 }, 10);
  checkReceived({ outputTokens: 400, acked: 120, readFrom: 0 }, 120);
  const tokens = Array.from({ length: 26 }, (_, id) => id);
  const stops = (acked: number): Scene => ({
    outputTokens: 26,
    tokens,
    acked,
    terms: { tokenizer: "tiny", stopStrings: ["fgh"] },
  });
  checkReceived(stops(4), 4);
  // Held back: it may begin the stop string.
  checkReceived(stops(7), 5);
  checkReceived(stops(20), 5);
});

test("the prompt is billed as far as it was computed, and what the first attempt found cached stays so", () => {
  check({ outputTokens: 0, prefillTokens: 30 }, { promptTokens: 50, cachedTokens: 20 });
  check({ outputTokens: 1, prefillTokens: 30 }, { promptTokens: 100 });
  check({ outputTokens: 1, terms: { cachedTokens: 3 } }, { cachedTokens: 3 });
});

test("without terms that it can read a worker is no witness", () => {
  check({ outputTokens: 3, terms: undefined }, undefined);
});
