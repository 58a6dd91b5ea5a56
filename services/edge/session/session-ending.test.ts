// Whatever a session hears, in whatever order: it ends once, in bounded time, and says so once to everyone.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Scene } from "./session-scene.cases.ts";

const attempt = fc.integer({ min: 1, max: 12 }).map((value) => `attempt=${value}`);
const epoch = fc.integer({ min: 1, max: 4 }).map((value) => `epoch=${value}`);
const pool = fc.integer({ min: 1, max: 3 }).map((value) => `pool=${value}`);
const worker = fc.constantFrom("worker=w-1", "worker=w-2");
const words = (verb: string, ...rest: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...rest).map((values) => [verb, ...values].join(" "));

const command = fc.oneof(
  words("queued", attempt, epoch),
  words("refused", epoch),
  words("granted", attempt, epoch, pool, worker),
  words("started", attempt, worker),
  words("start-refused", attempt, fc.constantFrom("", "final=1", "reason=adapter-missing final=1")),
  words("returned", attempt),
  words("worker-lost", worker),
  words("alive", attempt, fc.constantFrom("tokens=0", "tokens=5")),
  words(
    "tokens",
    attempt,
    fc.constantFrom("from=0", "from=1", "from=2", "from=4"),
    fc.constantFrom("", 'text="aaaa"', 'text="aaaabbbb"', 'text="aaaabbbbccccdddd"'),
    fc.constantFrom("", "", "end=stop", "end=length", "end=cancelled"),
  ),
  words("announce", epoch),
  words("detached", attempt),
  fc.constantFrom("unknown", "settled", "settled taken-over", "client-paused", "client-ready"),
  fc.constantFrom("wait 100", "wait 600", "wait 2600", "wait 4000"),
  fc.constantFrom("full submit", "full usage", "full finished", "roomy"),
);
const ending = fc.constantFrom("client-gone", "edge-draining", "wait 60000");

test("whatever a session hears, it ends once and is over in bounded time", () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), ending, (commands, last) => {
      const scene = new Scene();
      const said: string[] = [];
      let isGone = false;
      const run = (line: string): void => {
        scene.lines = [];
        scene.run(line);
        const toClient = scene.lines.some((each) => each.startsWith("to client"));
        assert.ok(!(isGone && toClient), "nothing goes to a client that is gone");
        said.push(...scene.lines);
        isGone ||= line === "client-gone";
      };
      run("open max=4 timeout=40000");
      for (const line of commands) if (!scene.isFinished) run(line);
      if (!scene.isFinished) run(last);
      if (!scene.isFinished) run("roomy");
      if (!scene.isFinished) run("wait 36000");
      assert.ok(
        scene.isFinished,
        "2 s for the worker, 10 s for the queue, 35 s for another session",
      );
      const count = (pattern: RegExp): number => said.filter((line) => pattern.test(line)).length;
      const told = count(/^to client\S* (completed|failed)/);
      assert.equal(told + count(/^note session\.cancelled/), 1);
      // Left to another session, which closes its account.
      const left = count(/^note session\.detached/);
      assert.equal(count(/^note session\.finished/) + left, 1);
      assert.equal(count(/session-closed/), 1);
      const billLeft = count(/^note session\.bill-left/);
      assert.ok(count(/usage isFinal=true/) >= 1 - left - billLeft);
    }),
    { numRuns: 1500 },
  );
});
