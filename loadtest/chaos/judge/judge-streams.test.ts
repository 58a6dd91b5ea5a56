import assert from "node:assert/strict";
import { test } from "node:test";
import { legalOutput } from "#loadtest/chaos/streams/legal-output.ts";
import type { StreamRecord } from "#loadtest/chaos/streams/stream-record.ts";
import { judgeStreams } from "./judge-streams.ts";

const asked = { tenant: "acme", prompt: "p", outputTokens: 8 };
const legal = legalOutput(asked);
const stream = (part: Partial<StreamRecord>): StreamRecord => ({
  ...asked,
  edge: "e",
  requestId: "r",
  askedAtMs: 0,
  firstAtMs: 10,
  endedAtMs: 5000,
  text: legal,
  end: { kind: "whole" },
  resumes: 0,
  repeats: 0,
  staysAway: false,
  pauses: [],
  ...part,
});
const judged = (streams: readonly StreamRecord[]) =>
  judgeStreams({ streams, refusals: [] }, [{ what: "kill", atMs: 1000 }]);

test("a stream that ended whole is short by what it lacks at its end", () => {
  const { failed, lost_tokens } = judged([stream({ text: legal.slice(0, 24) })]);
  assert.deepEqual([failed, lost_tokens], [0, 2]);
});

test("an error and a broken socket are failures, a client's own cut is none, and what was not delivered is not lost", () => {
  const text = legal.slice(0, 8);
  const { failed, told, lost_tokens } = judged([
    stream({ text, end: { kind: "error", code: "worker_lost" } }),
    stream({ text, end: { kind: "broken", reason: "ECONNRESET", unresumed: "" } }),
    stream({ text, end: { kind: "cut" } }),
  ]);
  assert.deepEqual([failed, told, lost_tokens], [2, 1, 0]);
});

test("a stream lost its edge only if its own was taken away while it was open", () => {
  const broken = { end: { kind: "broken", reason: "ECONNRESET", unresumed: "" } } as const;
  const { failed, failed_with_edge } = judgeStreams(
    {
      streams: [
        stream(broken),
        stream({ ...broken, edge: "other" }),
        stream({ ...broken, endedAtMs: 900 }),
        stream({ end: { kind: "error", code: "internal" } }),
      ],
      refusals: [],
    },
    [{ what: "kills e", atMs: 1000, edge: "e" }],
  );
  assert.deepEqual([failed, failed_with_edge], [4, 1]);
});

test("a gap is the longest pause that a fault can have made, of streams that it met", () => {
  const { gap_p50_ms } = judged([
    stream({
      pauses: [
        { fromMs: 100, forMs: 800 },
        { fromMs: 1100, forMs: 700 },
      ],
    }),
    stream({ endedAtMs: 900, pauses: [{ fromMs: 100, forMs: 600 }] }),
  ]);
  assert.equal(gap_p50_ms, 700);
});

test("recovered is when the tenant that waited longest was served again", () => {
  const again = { askedAtMs: 1100, firstAtMs: 1400, endedAtMs: 5000 };
  const { recovered_ms } = judged([
    stream(again),
    stream({ ...again, tenant: "bolt", firstAtMs: 4000, text: "" }),
  ]);
  assert.equal(recovered_ms, 3000);
  assert.ok(Number.isNaN(judged([stream({})]).recovered_ms));
});

test("a stream whose client stayed away after its edge had died is left behind, not failed; after anything else it failed", () => {
  const text = legal.slice(0, 8);
  const end = { kind: "broken", reason: "ECONNRESET", unresumed: "" } as const;
  const left = stream({ text, end, edge: "e1", askedAtMs: 0, endedAtMs: 20, staysAway: true });
  const faults = [{ what: "kills edge", atMs: 10, edge: "e1" }];
  const judge = (one: StreamRecord) => {
    const { failed, left_behind } = judgeStreams({ streams: [one], refusals: [] }, faults);
    return [failed, left_behind];
  };
  assert.deepEqual(judge(left), [0, 1]);
  assert.deepEqual(judge({ ...left, edge: "e2" }), [1, 0]);
  assert.deepEqual(judge({ ...left, staysAway: false }), [1, 0]);
});
