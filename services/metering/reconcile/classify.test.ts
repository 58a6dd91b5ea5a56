import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutboxStanding, StreamStanding } from "#shared/model/reconciliation.ts";
import type { DifferingMinute, LedgerStanding } from "#shared/ledger/reconcile/ledger-standing.ts";
import type { Books } from "./classify.ts";
import { classify, verdictOf } from "./classify.ts";

const minute = 1_700_000_040_000;
const taken = minute + 3_600_000;

const at = (admitted: number, rows: number, minutes = 0): DifferingMinute => ({
  tenant: "acme",
  minuteEpochMs: minute + minutes * 60_000,
  admitted,
  rows,
});

interface Scene extends Partial<Omit<Books, "ledger">> {
  readonly ledger?: Partial<LedgerStanding>;
}

const booksOf = ({ ledger, ...part }: Scene): Books => ({
  ledger: {
    countedSinceEpochMs: minute - 86_400_000,
    sums: [
      {
        tenant: "acme",
        admitted: 0,
        served: 0,
        cancelled: 0,
        failed: 0,
        counters: 1,
        rows: 0,
        finalRows: 0,
        promptTokens: 0,
        cachedTokens: 0,
        outputTokens: 0,
      },
    ],
    minutes: [],
    lives: [],
    open: [],
    conflicts: [],
    impossible: [],
    digest: undefined,
    ...ledger,
  },
  outboxes: [],
  known: new Map(),
  stream: undefined,
  silent: [],
  omitted: 0,
  livingLives: new Set(),
  discarded: [],
  takenAtEpochMs: taken,
  ...part,
});

/** `kind requests: ids`, a line each; and the verdict. */
function check(scene: Scene, expected: readonly string[], verdict: string): void {
  const tenants = classify(booksOf(scene));
  const lines = tenants.flatMap(({ differences }) =>
    differences.map(({ kind, requests, requestIds }) =>
      `${kind} ${requests}: ${requestIds.join(" ")}`.trim(),
    ),
  );
  assert.deepEqual(lines, expected);
  assert.equal(verdictOf(tenants), verdict);
}

const named = (requestId: string) => ({ tenant: "acme", requestId });
const open = (requestId: string) => ({ ...named(requestId), arrivedAtEpochMs: minute });
const held = (requestId: string, isFinal = true) => ({
  ...open(requestId),
  isFinal,
  promptTokens: 1,
  outputTokens: 2,
});
const outbox = (part: Partial<OutboxStanding>): OutboxStanding => ({
  process: "edge-1",
  pending: 0,
  held: [],
  open: [],
  ...part,
});
const stream: StreamStanding = {
  messages: 0,
  bytes: 0,
  firstSequence: 1,
  lastSequence: 9,
  ackFloor: 9,
  pending: 0,
  unacknowledged: 0,
  createdAt: "",
};

test("books that agree have no difference", () => check({}, [], "agrees"));

test("an admitted request that nobody has is missing", () =>
  check({ ledger: { minutes: [at(5, 3)] }, stream }, ["missing 2:"], "differs"));

test("what an outbox holds is not missing, and is named", () =>
  check(
    {
      ledger: { minutes: [at(5, 3)] },
      outboxes: [outbox({ held: [held("r1", false), held("r1"), held("r2")] })],
    },
    ["waiting-in-outbox 2: r1 r2"],
    "differs",
  ));

test("an outbox that holds what the ledger has settled holds back nothing", () =>
  check(
    {
      outboxes: [outbox({ held: [held("r1"), held("r2", false)] })],
      known: new Map([
        ["acme/r1", true],
        ["acme/r2", false],
      ]),
    },
    [],
    "agrees",
  ));

test("a final account in an outbox, of a row that is open, waits", () =>
  check(
    { outboxes: [outbox({ held: [held("r1")] })], known: new Map([["acme/r1", false]]) },
    ["waiting-in-outbox 1: r1"],
    "differs",
  ));

test("while the stream has messages nothing is called missing", () =>
  check(
    { ledger: { minutes: [at(5, 3)] }, stream: { ...stream, pending: 1 } },
    ["waiting-in-stream 2:"],
    "differs",
  ));

test("what runs at its edge is in flight, and explains the count; an open row before its time too", () =>
  check(
    {
      ledger: { minutes: [at(3, 2)], open: [{ ...named("r2"), isOverdue: false }] },
      outboxes: [outbox({ open: [open("r1"), open("r3")] })],
      known: new Map([["acme/r3", true]]),
    },
    ["in-flight 2: r1 r2"],
    "in-flight",
  ));

test("an account that nobody is left to close is abandoned", () =>
  check(
    { ledger: { open: [{ ...named("r1"), isOverdue: true }] } },
    ["abandoned 1: r1"],
    "differs",
  ));

test("a request that was asked for again has its row later: a later surplus makes up for it, an earlier one does not", () => {
  check({ ledger: { minutes: [at(4, 3), at(1, 2, 3)] } }, [], "agrees");
  check(
    { ledger: { minutes: [at(3, 4), at(2, 1, 3)] } },
    ["missing 1:", "uncounted 1:"],
    "differs",
  );
});

test("rows that nobody counted are told, but for what a life of an edge forgot at its end", () => {
  const lives = [{ process: "edge-1", life: "l1", lastMinuteEpochMs: minute }];
  check({ ledger: { minutes: [at(3, 5)] } }, ["uncounted 2:"], "differs");
  check({ ledger: { minutes: [at(3, 5)], lives } }, [], "agrees");
  check(
    { ledger: { minutes: [at(3, 5)], lives }, livingLives: new Set(["edge-1/l1"]) },
    ["uncounted 2:"],
    "differs",
  );
  check({ ledger: { minutes: [at(0, 5)], countedSinceEpochMs: minute } }, [], "agrees");
});

const numbers = (outputTokens: number) => ({ promptTokens: 1, outputTokens, outcome: "stop" });
const contradicted = (requestId: string, later: number) => ({
  ...named(requestId),
  billed: numbers(2),
  toldLater: numbers(later),
});

test("one that was contradicted twice is one, with each of the numbers", () => {
  const conflicts = [contradicted("r1", 3), contradicted("r1", 4)];
  const [acme] = classify(booksOf({ ledger: { minutes: [], conflicts } }));
  const [difference] = acme?.differences ?? [];
  assert.deepEqual([difference?.requests, difference?.requestIds], [1, ["r1"]]);
  assert.deepEqual(
    difference?.accounts?.map(({ billed, toldLater }) => [
      billed.outputTokens,
      toldLater.outputTokens,
    ]),
    [
      [2, 3],
      [2, 4],
    ],
  );
});

test("discarded, conflicting and impossible ones are named", () =>
  check(
    {
      ledger: {
        minutes: [at(3, 2)],
        conflicts: [contradicted("r2", 3)],
        impossible: [named("r3")],
      },
      discarded: [named("r1")],
    },
    ["discarded 1: r1", "conflicting 1: r2", "impossible 1: r3"],
    "differs",
  ));

test("of somebody who is silent it is said that he may have them", () => {
  const [acme] = classify(booksOf({ ledger: { minutes: [at(1, 0)] }, silent: ["edge-2"] }));
  assert.match(acme?.differences[0]?.advice ?? "", /may be with who did not answer: edge-2/);
});
