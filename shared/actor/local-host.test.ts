import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor, Address } from "./actor.ts";
import { arm, note, send } from "./actor.ts";
import type { NoteRecord } from "./host.ts";
import { hostCases } from "./host.cases.ts";
import { createLocalHost } from "./local-host.ts";

hostCases("local host", async ({ actors, devices = {}, ...options }) => {
  const notes: NoteRecord[] = [];
  const host = createLocalHost({
    ...options,
    process: "test",
    freeze: true,
    onNote: (record) => notes.push(record),
  });
  for (const actor of actors) host.register(actor);
  for (const [kind, device] of Object.entries(devices)) host.attach(kind, device);
  return {
    host,
    notes,
    advance: (ms) => sleep(ms),
    stop: async () => host.stop(),
  };
});

const outside = "outside/test" as Address;

const counting = (name: string, counts: { received: number }): Actor<null, number> => ({
  name,
  init: () => null,
  receive: (_state, { message }) => {
    counts.received++;
    return message > 0 ? [send(`${name}/self` as Address, message - 1)] : [];
  },
});

test("a message from outside is worked off before send returns", () => {
  const counts = { received: 0 };
  const host = createLocalHost();
  host.register(counting("relay", counts));
  host.send(outside, "relay/self" as Address, 9);
  assert.equal(counts.received, 10);
  host.stop();
});

test("endless work leaves the event loop its turns", async () => {
  const counts = { received: 0 };
  const host = createLocalHost();
  host.register(counting("relay", counts));
  host.send(outside, "relay/self" as Address, Infinity);
  await sleep(20);
  const after20Ms = counts.received;
  await sleep(20);
  assert.ok(after20Ms > 0 && counts.received > after20Ms, "it goes on meanwhile");
  host.stop();
  const stoppedAt = counts.received;
  await sleep(10);
  assert.equal(counts.received, stoppedAt, "a stopped host delivers nothing more");
});

test("a device that throws is noted and harms nobody", () => {
  const notes: NoteRecord[] = [];
  const host = createLocalHost({ onNote: (record) => notes.push(record) });
  host.attach("printer", () => {
    throw new Error("out of paper");
  });
  assert.equal(host.send(outside, "printer/one" as Address, { kind: "print" }), "accepted");
  assert.deepEqual(
    notes.map(({ event, fields }) => [event, fields["reason"]]),
    [["host.device-threw", "out of paper"]],
  );
  host.stop();
});

test("an actor that writes into a message it was sent is caught in development", () => {
  const notes: NoteRecord[] = [];
  const host = createLocalHost({ freeze: true, onNote: (record) => notes.push(record) });
  const vandal: Actor<null, { words: string[] }> = {
    name: "vandal",
    init: () => null,
    receive: (_state, { message }) => {
      message.words.push("graffiti");
      return [];
    },
  };
  host.register(vandal);
  host.send(outside, "vandal/one" as Address, { words: [], bytes: Uint8Array.of(1) });
  assert.deepEqual(
    notes.map(({ event }) => event),
    ["host.restarted"],
  );
  host.stop();
});

test("an actor whose init throws is stopped, not tried for ever", () => {
  const notes: NoteRecord[] = [];
  const host = createLocalHost({ onNote: (record) => notes.push(record) });
  host.register({
    name: "stillborn",
    init: () => {
      throw new Error("broken law: nothing works");
    },
    receive: () => [],
  });
  host.send(outside, "stillborn/one" as Address, { kind: "hello" });
  const count = (event: string): number => notes.filter((record) => record.event === event).length;
  assert.equal(count("host.restarted"), 5);
  assert.equal(count("host.stopped-actor"), 1);
  host.stop();
});

test("a near timer is met within the poll's reach, in the median", async () => {
  const lateMs: number[] = [];
  const host = createLocalHost();
  const stepper: Actor<null, { readonly dueMs: number }> = {
    name: "stepper",
    init: () => null,
    receive: (_state, { nowMs, message }) => {
      if (message.dueMs > 0) lateMs.push(nowMs - message.dueMs);
      const dueMs = nowMs + 3.7;
      return [arm("step", dueMs, { dueMs }), note("stepped")];
    },
  };
  host.register(stepper);
  host.send(outside, "stepper/one" as Address, { dueMs: 0 });
  await sleep(250);
  host.stop();
  lateMs.sort((a, b) => a - b);
  assert.ok(lateMs.length > 20, `${lateMs.length} steps`);
  assert.ok((lateMs[lateMs.length >> 1] ?? 99) < 1, `median ${lateMs[lateMs.length >> 1]} ms late`);
});
