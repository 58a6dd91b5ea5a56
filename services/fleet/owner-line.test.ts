import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import { ownerLine } from "./owner-line.ts";

test("the owner hears of every actor that its host restarted or gave up", () => {
  const told: unknown[] = [];
  const line = ownerLine({
    host: () => ({
      send: (_from, to, message) => {
        told.push([to, message]);
        return "accepted";
      },
    }),
    process: "control-1",
    fleet: () => undefined,
  });
  const router = "router/llama" as Address;
  line.onRestart(router);
  for (const event of ["host.stopped-actor", "host.dropped"]) {
    line.onNote({ kind: "note", event, actor: router, fields: {}, nowMs: 0 });
  }
  assert.deepEqual(told, [
    ["owner/control-1", { kind: "actor-restarted", address: router }],
    ["owner/control-1", { kind: "actor-stopped", address: router }],
  ]);
});
