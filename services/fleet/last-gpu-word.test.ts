import assert from "node:assert/strict";
import { test } from "node:test";
import type { InspectableHost } from "#shared/actor/host.ts";
import { tellLastGpuWord } from "./last-gpu-word.ts";

/** A process with one worker, whose engine answers after a while, and whose log takes the word after another. */
function begin({ answersAfterMs = 20, takenAfterMs = 40, hasTold = true } = {}) {
  const asked: unknown[] = [];
  let nowMs = 0;
  const books = { toldAtMs: hasTold ? -300 : undefined };
  let isTaken = true;
  const meter = {
    buffer: {
      gpuTimes: {
        get size() {
          return isTaken ? 0 : 1;
        },
      },
    },
    inFlight: undefined,
  };
  let sentAtMs = Infinity;
  const host = {
    nowMs: () => {
      nowMs += 5;
      if (nowMs >= sentAtMs + answersAfterMs && books.toldAtMs !== sentAtMs + answersAfterMs) {
        books.toldAtMs = sentAtMs + answersAfterMs;
        isTaken = false;
      }
      if (nowMs >= sentAtMs + answersAfterMs + takenAfterMs) isTaken = true;
      return nowMs;
    },
    send: (_from: string, to: string, message: unknown) => {
      asked.push([to, message]);
      sentAtMs = nowMs;
      return "accepted";
    },
    statesOf: (kind: string) =>
      new Map<string, unknown>(
        kind === "worker" ? [["worker/w1", { gpuBooks: books }]] : [["meter/p1", meter]],
      ),
  } as unknown as InspectableHost;
  return { host, asked, nowMs: () => nowMs, isTaken: () => isTaken };
}

const lastOf = (host: InspectableHost) => tellLastGpuWord({ host, process: "p1", workers: ["w1"] });

test("a process that ends has its engines say once more what they had, and goes on until a log has that", async () => {
  const { host, asked, nowMs, isTaken } = begin();
  await lastOf(host);
  assert.deepEqual(asked, [["engine/w1", { kind: "tell-gpu-time" }]]);
  assert.ok(nowMs() >= 60 && nowMs() < 500, `after ${nowMs()} ms`);
  assert.ok(isTaken());
});

test("an engine that says nothing, or a log that is away, holds no process up for long", async () => {
  for (const never of [{ answersAfterMs: 1e9 }, { takenAfterMs: 1e9 }]) {
    const { host, nowMs } = begin(never);
    await lastOf(host);
    assert.ok(nowMs() > 2_000 && nowMs() < 2_100, `after ${nowMs()} ms`);
  }
});

test("an engine that never told anything is not asked", async () => {
  const { host, asked } = begin({ hasTold: false });
  await lastOf(host);
  assert.deepEqual(asked, []);
});
