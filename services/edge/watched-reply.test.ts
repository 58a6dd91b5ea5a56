import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketOf } from "#shared/model/arm-counts.ts";
import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";
import { ArmTally } from "./arm-tally.ts";
import type { Watching } from "./watched-reply.ts";
import { WatchedReply } from "./watched-reply.ts";
import { limitsOfTests } from "./scripted-edge.cases.ts";

interface Stand {
  readonly tally: ArmTally;
  readonly reply: WatchedReply;
  readonly at: (nowMs: number) => void;
  readonly say: (index: number) => void;
  readonly complete: () => void;
  readonly fail: (code: RefusalCode) => void;
  readonly copies: () => number;
  isFull: boolean;
}

function watched(change: Partial<Watching> = {}): Stand {
  const tally = new ArmTally();
  let nowMs = 0;
  let copies = 0;
  const self: { isFull: boolean } = { isFull: false };
  const silent = {
    admitted: () => {},
    output: () => !self.isFull,
    bufferedBytes: () => 0,
    complete: () => {},
    fail: () => {},
  };
  const reply = new WatchedReply(silent, {
    tally,
    nowMs: () => nowMs,
    onCounted: () => copies++,
    onEnd: () => {},
    ...change,
  });
  return Object.assign(self, {
    tally,
    reply,
    at: (ms: number) => {
      nowMs = ms;
    },
    say: (index: number) => {
      reply.output({ kind: "output", text: "x", outputTokens: index + 1, index });
    },
    complete: () => {
      const tokens = { promptTokens: 10, cachedTokens: 0, outputTokens: 2 };
      reply.complete({ kind: "completed", reason: "stop", ...tokens });
    },
    fail: (code: RefusalCode) => reply.fail({ code, message: "" } satisfies Refusal, undefined),
    copies: () => copies,
  });
}

test("a request counts for its arm once it is admitted, and one that is refused never does", () => {
  const refused = watched();
  refused.fail("requests_per_minute");
  refused.reply.crashed();
  const { requests, errors, crashes } = refused.tally.counts();
  assert.deepEqual(
    { requests, errors, crashes, copies: refused.copies() },
    {
      requests: 0,
      errors: 0,
      crashes: 0,
      copies: 0,
    },
  );
  const taken = watched();
  taken.reply.admitted(limitsOfTests);
  taken.reply.admitted(limitsOfTests);
  taken.say(0);
  assert.deepEqual([taken.tally.counts().requests, taken.copies()], [1, 1]);
  const overtaken = watched();
  overtaken.say(0);
  assert.deepEqual([overtaken.tally.counts().requests, overtaken.copies()], [1, 1]);
});

test("a stream that is read again is neither counted nor copied", () => {
  const { reply, say, complete, tally, copies } = watched();
  reply.resumed({
    kind: "resumed",
    requestId: "0123456789abcdef0123456789abcdef" as never,
    replyTerms: "",
    model: "m",
    arrivedAtEpochMs: 0,
  });
  reply.admitted(limitsOfTests);
  say(0);
  complete();
  const { requests, completed } = tally.counts();
  assert.deepEqual([requests, completed, copies()], [0, 0, 0]);
});

test("a crash is counted once for a request, also if it was heard of before the admission", () => {
  const { reply, tally } = watched();
  reply.crashed();
  assert.equal(tally.counts().crashes, 0);
  reply.admitted(limitsOfTests);
  reply.crashed();
  assert.equal(tally.counts().crashes, 1);
});

test("the first token is timed from the first place on, and not at all where that is not known", () => {
  const { reply, tally, at, say, complete } = watched();
  reply.admitted(limitsOfTests);
  reply.granted(9_000);
  reply.granted(9_040);
  at(9_050);
  say(0);
  at(9_060);
  complete();
  assert.equal(tally.counts().ttftComputed.lastIndexOf(1), bucketOf(50));
  const unknown = watched();
  unknown.reply.admitted(limitsOfTests);
  unknown.say(0);
  unknown.complete();
  assert.deepEqual(unknown.tally.counts().ttftComputed, []);
  assert.equal(unknown.tally.counts().completed, 1);
});

test("what a client did not read in time says nothing of how fast its tokens came", () => {
  const read = (isSlow: boolean): readonly number[] => {
    const stand = watched();
    stand.reply.granted(0);
    stand.isFull = isSlow;
    stand.at(10);
    stand.say(0);
    stand.isFull = false;
    stand.at(5_010);
    stand.say(1);
    stand.complete();
    return stand.tally.counts().tpot;
  };
  assert.equal(read(false).lastIndexOf(1), bucketOf(5_000));
  assert.deepEqual(read(true), []);
});

test("a deadline is the version's fault only where it was not the caller's own", () => {
  const errors = (change: Partial<Watching>, code: RefusalCode): number => {
    const { reply, fail, tally } = watched(change);
    reply.admitted(limitsOfTests);
    fail(code);
    return tally.counts().errors;
  };
  assert.equal(errors({}, "deadline_passed"), 1);
  assert.equal(errors({ isDeadlineMoot: true }, "deadline_passed"), 0);
  assert.equal(errors({ isDeadlineMoot: true }, "engine_unavailable"), 1);
});
