import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { checkMessage, mailboxes } from "./guard.ts";

const ack = { kind: "ack", requestId: "r1", attempt: 1, nextIndex: 32, isBehind: false };

const check = (mailbox: string, message: unknown, reason: string | undefined): void =>
  assert.equal(checkMessage(mailbox, message), reason);

test("a whole message passes, and unknown extra fields with it", () => {
  check("worker", ack, undefined);
  check("worker", { ...ack, later: "field" }, undefined);
});

test("an optional field may be absent, but not of another type", () => {
  const frame = { kind: "tokens", requestId: "r1", attempt: 1, firstIndex: 0, tokens: [1] };
  check("session", frame, undefined);
  check("session", { ...frame, end: { reason: "stop" } }, undefined);
  check("session", { ...frame, end: "stop" }, "tokens with end that is no object");
});

test("what is missing or of a wrong type is named", () => {
  const { nextIndex: _, ...without } = ack;
  check("worker", without, "ack without nextIndex");
  check("worker", { ...ack, nextIndex: "32" }, "ack with nextIndex that is no number");
  check("worker", { ...ack, attempt: NaN }, "ack with attempt that is no number");
  check("engine", { kind: "run", sequence: 1 }, "run with sequence that is no string");
});

test("another mailbox's kind, and names every object has, are unknown", () => {
  check("router", ack, "unknown kind ack");
  check("worker", { kind: "constructor" }, "unknown kind constructor");
  check("constructor", ack, "unknown mailbox");
});

test("bytes are bytes, arrays are arrays, objects are plain", () => {
  const cases: readonly [unknown, boolean][] = [
    [{}, true],
    [[], false],
    [new Map(), false],
    [new Date(0), false],
    [null, false],
    [Uint8Array.of(1), false],
  ];
  for (const [totals, isPlain] of cases) {
    const returned = { kind: "returned", requestId: "r", attempt: 1, reason: "draining", totals };
    check("session", returned, isPlain ? undefined : "returned with totals that is no object");
  }
});

test("nothing at all makes the guard throw", () => {
  const mailbox = fc.constantFrom(...Object.keys(mailboxes), "toString", "");
  fc.assert(
    fc.property(mailbox, fc.anything({ withNullPrototype: true, withMap: true }), (name, value) => {
      const reason = checkMessage(name, value);
      assert.ok(reason === undefined || reason.length < 200);
    }),
  );
});

test("every receiver's file has its mailbox here", () => {
  const files = readdirSync(new URL(".", import.meta.url))
    .map((file) => /^to-(.*)\.ts$/.exec(file)?.[1])
    .filter((name) => name !== undefined);
  assert.deepEqual(files.toSorted(), Object.keys(mailboxes).toSorted());
});
