import assert from "node:assert/strict";
import { test } from "node:test";
import { onEndSignals } from "./end-signals.ts";

function stage() {
  const exits: number[] = [];
  const said: string[] = [];
  let nowMs = 0;
  let drains = 0;
  let drained: (code: number) => void = () => undefined;
  const signal = onEndSignals({
    drain: () => {
      drains += 1;
      return new Promise((resolve) => {
        drained = resolve;
      });
    },
    say: (text) => said.push(text),
    end: (code) => exits.push(code),
    exit: (code) => exits.push(code),
    nowMs: () => nowMs,
  });
  return {
    exits,
    said,
    signalAt: (atMs: number) => {
      nowMs = atMs;
      signal();
    },
    finish: async (code: number) => {
      drained(code);
      await Promise.resolve();
      await Promise.resolve();
    },
    drains: () => drains,
  };
}

test("a Ctrl-C that arrives twice at once drains once, and ends with the drain's code", async () => {
  const { signalAt, finish, exits, drains } = stage();
  signalAt(0);
  signalAt(1);
  signalAt(40);
  assert.equal(drains(), 1);
  assert.deepEqual(exits, []);
  await finish(0);
  assert.deepEqual(exits, [0]);
});

test("a second wish does not wait, and says so", () => {
  const { signalAt, exits, said } = stage();
  signalAt(0);
  signalAt(1500);
  assert.deepEqual(exits, [1]);
  assert.equal(said.length, 1);
});
