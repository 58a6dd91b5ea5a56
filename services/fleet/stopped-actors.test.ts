import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import { stoppedActors } from "./stopped-actors.ts";

test("a process without its worker is not ready; one without a session or a queue is", () => {
  const { onNote, missing } = stoppedActors();
  const say = (event: string, actor: string): void =>
    onNote({ ...note(event), actor: actor as Address, nowMs: 0 });
  say("host.restarted", "worker/w1");
  say("host.stopped-actor", "session/e1/r1");
  say("host.stopped-actor", "tenant-queue/acme");
  assert.deepEqual(missing(), []);
  say("host.stopped-actor", "worker/w1");
  assert.deepEqual(missing(), ["worker/w1 threw too often and was stopped: restart this process"]);
});
