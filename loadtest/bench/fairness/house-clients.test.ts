import assert from "node:assert/strict";
import { test } from "node:test";
import type { Granted } from "#shared/messages/to-session.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { HouseClients } from "./house-clients.ts";

const request = { client: 0, atMs: 0, promptTokens: 4, outputTokens: 2 };

const grantOf = (requestId: RequestId, attempt: number, band: number): Granted => ({
  kind: "granted",
  requestId,
  attempt,
  worker: "w" as WorkerId,
  incarnation: 1,
  shardEpoch: 1,
  poolEpoch: 1,
  weight: 1,
  band,
});

test("a played session says to its worker in which band it was granted, and to its queue how often it gave way", () => {
  const clients = new HouseClients();
  const [asked] = clients.submit(request, 1);
  assert.ok(asked);
  const { requestId, preemptions } = asked.message as Submit;
  assert.equal(preemptions, undefined);
  const [started] = clients.hear(asked.from, grantOf(requestId, 1, 2), 0);
  assert.equal((started?.message as Start | undefined)?.band, 2);
  const returned = { kind: "returned", requestId, attempt: 1, totals: nothingExecuted } as const;
  const [second] = clients.hear(asked.from, { ...returned, reason: "preempted" }, 1);
  const again = second?.message as Submit | undefined;
  assert.deepEqual([again?.attempt, again?.preemptions], [2, 1]);
  clients.hear(asked.from, grantOf(requestId, 2, 2), 2);
  const drained = { ...returned, attempt: 2, reason: "draining" } as const;
  const [third] = clients.hear(asked.from, drained, 3);
  assert.equal((third?.message as Submit | undefined)?.preemptions, 1);
});
