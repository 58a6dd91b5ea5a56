import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Device } from "#shared/actor/host.ts";
import type { ToAdapterTrials } from "#shared/messages/to-adapter-trials.ts";
import type { RunTrial } from "#shared/messages/to-trial-desk.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { AdapterTrials } from "./adapter-trials.ts";

interface Asked {
  readonly edge: string;
  readonly message: RunTrial;
}

/** `answer`: what an edge says at once; undefined: nothing. */
function stage(
  context: TestContext,
  edges: readonly string[],
  answer: (asked: Asked, count: number) => Partial<ToAdapterTrials> | undefined,
) {
  const there = new Set(edges);
  const asked: Asked[] = [];
  let hear: Device = () => assert.fail("nothing hears");
  const self = "adapter-trials/p" as Address;
  const trials = new AdapterTrials({
    host: {
      attach: (_kind, device) => {
        hear = device;
      },
      send: (_from, to, message) => {
        const one = { edge: to.split("/")[1] ?? "", message: message as RunTrial };
        asked.push(one);
        const said = answer(one, asked.length);
        const { trial, round } = one.message;
        if (said !== undefined) {
          hear(self, to, { kind: "trial-ended", trial, round, code: "", ...said });
        }
        return "accepted";
      },
    },
    process: "p",
    edges: () => [...there] as EdgeId[],
    timeoutMs: 400,
  });
  context.after(() => trials.stop());
  const run = () => trials.run({ model: "m", digest: "d" });
  return { trials, run, asked, there };
}

test("what an edge says of it is how it ended", async (context) => {
  const passing = stage(context, ["e1"], () => ({ verdict: "passed" }));
  assert.deepEqual(await passing.run(), { verdict: "passed", code: "" });
  const failing = stage(context, ["e1"], () => ({ verdict: "failed", code: "internal" }));
  assert.deepEqual(await failing.run(), { verdict: "failed", code: "internal" });
  assert.equal(failing.asked.length, 1);
});

test("an edge that dies in the middle is followed by another", async (context) => {
  const set = stage(context, ["e1", "e2"], (_, count) => {
    if (count > 1) return { verdict: "passed" };
    set.there.delete("e2");
    return undefined;
  });
  assert.equal((await set.run()).verdict, "passed");
  assert.deepEqual(
    set.asked.map(({ edge }) => edge),
    ["e2", "e1"],
  );
});

test("silence, an answer to another round, and no edge at all are no pass", async (context) => {
  const silent = stage(context, ["e1"], () => undefined);
  assert.equal((await silent.run()).verdict, "unavailable");
  const late = stage(context, ["e1"], () => ({ verdict: "passed", round: 0 }));
  assert.equal((await late.run()).verdict, "unavailable");
  const stranger = stage(context, ["e1"], () => ({ verdict: "passed", trial: "another" }));
  assert.equal((await stranger.run()).verdict, "unavailable");
  const alone = stage(context, [], () => undefined);
  assert.deepEqual(await alone.run(), { verdict: "unavailable", code: "no_edge" });
});

test("what an edge cannot begin yet is asked again", async (context) => {
  const set = stage(context, ["e1"], (_, count) =>
    count < 3 ? { verdict: "unavailable", code: "not_followed" } : { verdict: "passed" },
  );
  assert.equal((await set.run()).verdict, "passed");
  assert.deepEqual(
    set.asked.map(({ message }) => message.round),
    [1, 2, 3],
  );
});

test("whoever goes down leaves its trials open", async (context) => {
  const set = stage(context, ["e1"], () => undefined);
  const running = set.run();
  set.trials.stop();
  assert.equal((await running).verdict, "stopped");
  assert.equal((await set.run()).verdict, "stopped");
});
