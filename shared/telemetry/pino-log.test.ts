import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { LogLevel } from "./log-levels.ts";
import { levelOf } from "./log-levels.ts";
import { createLog } from "./pino-log.ts";

const note = (event: string, fields: NoteRecord["fields"] = {}): NoteRecord => ({
  kind: "note",
  event,
  fields,
  actor: "owner/p1" as Address,
  nowMs: 5,
});

function start(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  let epochMs = 0;
  const log = createLog({
    level,
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    epochMs: () => epochMs,
  });
  const advance = (ms: number): void => {
    epochMs += ms;
  };
  return { log, lines, advance };
}

test("a line has level, time, event, speaker and fields", () => {
  const { log, lines } = start("info");
  log.note("info", note("owner.lease-granted", { key: "/own/shard/7", epoch: 12 }));
  log.say("info", "listening", { port: 8080 });
  assert.deepEqual(lines, [
    {
      level: "info",
      time: "1970-01-01T00:00:00.000Z",
      event: "owner.lease-granted",
      actor: "owner/p1",
      key: "/own/shard/7",
      epoch: 12,
    },
    { level: "info", time: "1970-01-01T00:00:00.000Z", port: 8080, msg: "listening" },
  ]);
});

test("what is not loud enough is not written, and silent is silent", () => {
  const { log, lines } = start("warn");
  log.note("info", note("owner.lease-granted"));
  assert.equal(log.isHeard("info"), false);
  assert.equal(log.isHeard("warn"), true);
  start("silent").log.note("fatal", note("meter.settled-usage-lost"));
  assert.deepEqual(lines, []);
});

test("prompts, outputs and secrets are left out even if somebody notes them, and long words are cut", () => {
  const { log, lines } = start("debug");
  log.note(
    "debug",
    note("x.y", { prompt: "p", text: "t", secret: "s", authorization: "a", why: "w".repeat(900) }),
  );
  assert.deepEqual(Object.keys(lines[0] ?? {}), ["level", "time", "event", "actor", "why"]);
  assert.equal(String(lines[0]?.["why"]).length, 301);
});

test("an event that repeats itself is cut off, counted, and told when it is heard again", () => {
  const { log, lines, advance } = start("info");
  for (let index = 0; index < 100; index++) log.note("warn", note("host.mailbox-full"));
  log.note("warn", note("kv.drift"));
  assert.equal(lines.length, 21);
  advance(10_000);
  log.note("warn", note("host.mailbox-full"));
  assert.equal(lines.at(-1)?.["suppressedBefore"], 80);
});

test("a lost bill is never suppressed", () => {
  const { log, lines } = start("error");
  const event = "meter.settled-usage-lost";
  for (let index = 0; index < 100; index++)
    log.note(levelOf(event), note(event, { requestId: `r${index}` }));
  assert.equal(lines.length, 100);
});

test("requests are not logged by default; bugs, losses and changes of ownership are", () => {
  const heard = ["session.finished", "router.granted", "worker.dropped", "anything.else"].map(
    levelOf,
  );
  assert.deepEqual([...new Set(heard)], ["debug"]);
  assert.deepEqual(["host.restarted", "session.attempt-lost", "owner.lease-granted"].map(levelOf), [
    "error",
    "warn",
    "info",
  ]);
});

test("an alert that reaches nobody is a warning", () => {
  for (const event of ["webhook.failed", "webhook.dead", "quota.alert-failed"]) {
    assert.equal(levelOf(event), "warn", event);
  }
});
