import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionAddress } from "#shared/messages/addresses.ts";
import type { HeldSequence, Submit } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import type { Collection } from "./collection.ts";
import {
  forget,
  isComplete,
  keepHeld,
  keepSubmit,
  noteHeard,
  silentEdges,
  startCollection,
  submitsByAge,
} from "./collection.ts";

const edge = "e1" as EdgeId;

const collecting = (): Collection =>
  startCollection({ edges: [edge], workers: ["w1" as WorkerId], pools: ["main" as PoolId] }, 1000);

const request = (requestId: string, attempt: number): HeldSequence => ({
  requestId: requestId as RequestId,
  attempt,
  pool: "main" as PoolId,
  adapterDigest: "" as AdapterDigest,
  promptTokens: 1,
  outputTokensMax: 1,
  totals: nothingExecuted,
});

function keep(
  collection: Collection,
  requestId: string,
  { attempt = 1, ageMs = 0, arrivedAtMs = 1000 },
): boolean {
  const submit: Submit = {
    kind: "submit",
    ...request(requestId, attempt),
    prefixKeys: [],
    deliveredTokens: 0,
    admitted: true,
    ageMs,
    remainingMs: 1000,
  };
  return keepSubmit(collection, {
    submit,
    session: sessionAddress(edge, submit.requestId),
    arrivedAtMs,
  });
}

test("it is complete when everyone has answered and every announced session has spoken", () => {
  const collection = collecting();
  assert.deepEqual(silentEdges(collection), [edge]);
  collection.silentWorkers.clear();
  collection.silentPools.clear();
  assert.equal(isComplete(collection), false);
  collection.edges.set(edge, { sessions: 2, goneAtMs: undefined, heard: new Set() });
  assert.deepEqual(silentEdges(collection), []);
  noteHeard(collection, edge, "r1" as RequestId);
  noteHeard(collection, edge, "r1" as RequestId);
  assert.equal(isComplete(collection), false);
  noteHeard(collection, edge, "r2" as RequestId);
  assert.equal(isComplete(collection), true);
});

test("with nobody to ask it is complete at once", () => {
  assert.equal(isComplete(startCollection({ edges: [], workers: [], pools: [] }, 0)), true);
});

test("requests come back in the order in which they were opened, whenever they spoke", () => {
  const collection = collecting();
  keep(collection, "late", { ageMs: 100, arrivedAtMs: 1500 });
  keep(collection, "early", { ageMs: 900, arrivedAtMs: 1600 });
  keep(collection, "middle", { ageMs: 100, arrivedAtMs: 1100 });
  assert.deepEqual(
    submitsByAge(collection).map(({ submit }) => submit.requestId),
    ["early", "middle", "late"],
  );
});

test("the highest attempt stands, of submits and of sequences", () => {
  const collection = collecting();
  keep(collection, "r1", { attempt: 2 });
  keep(collection, "r1", { attempt: 1 });
  keepHeld(collection, [request("r2", 3), request("r2", 2)]);
  assert.equal(collection.submits.get("r1" as RequestId)?.submit.attempt, 2);
  assert.equal(collection.held.get("r2" as RequestId)?.attempt, 3);
});

test("a session that ended meanwhile leaves nothing to restore", () => {
  const collection = collecting();
  keep(collection, "r1", {});
  keepHeld(collection, [request("r1", 1)]);
  forget(collection, "r1" as RequestId);
  assert.equal(collection.submits.size + collection.held.size, 0);
});

test("what is kept is bounded", () => {
  const collection = collecting();
  for (let index = 0; index < 20_000; index++) keep(collection, `r${index}`, {});
  assert.equal(keep(collection, "one-more", {}), false);
  assert.equal(keep(collection, "r1", { attempt: 2 }), true);
});
