import assert from "node:assert/strict";
import { test } from "node:test";
import type { Suspect } from "#shared/messages/to-coordination.ts";
import { memoryCoordination } from "./memory-coordination.ts";
import type { MemoryCoordination } from "./memory-coordination.ts";
import {
  KnownSuspects,
  acquitSuspect,
  noteSuspects,
  suspectDigest,
  suspectPrefix,
} from "./suspects.ts";

const suspect = (fields: Partial<Suspect> = {}): Suspect => ({
  tenant: "acme",
  namespace: "n",
  promptDigest: "d",
  parameters: "64,0,false",
  isAlone: false,
  outputIndex: 0,
  worker: "w1",
  ...fields,
});

const crash = (store: MemoryCoordination, name: string, ...suspects: readonly Suspect[]) =>
  new Promise<boolean>((resolve) => {
    noteSuspects(store, { kind: "note-suspects", crash: name, suspects }, resolve);
  });

async function standing(store: MemoryCoordination, of: Suspect) {
  const known = new KnownSuspects(store);
  await new Promise((resolve) => setTimeout(resolve, 5));
  known.stop();
  return known.of(() => of);
}

test("a crash counts once however often it is told, and the furthest index is kept", async () => {
  const store = memoryCoordination();
  assert.ok(await crash(store, "w1/7/1", suspect({ outputIndex: 9 })));
  assert.ok(await crash(store, "w1/7/1", suspect({ outputIndex: 9 })));
  assert.ok(await crash(store, "w2/8/1", suspect({ outputIndex: 3 })));
  const { crashes, outputIndex, isGuilty } = (await standing(store, suspect())) ?? {};
  assert.deepEqual(
    { crashes, outputIndex, isGuilty },
    { crashes: 2, outputIndex: 9, isGuilty: false },
  );
  store.close();
});

test("told by several at once, no crash is lost", async () => {
  const store = memoryCoordination();
  const told = await Promise.all(["a", "b", "c"].map((name) => crash(store, name, suspect())));
  assert.deepEqual(told, [true, true, true]);
  assert.equal((await standing(store, suspect()))?.crashes, 3);
  store.close();
});

test("guilty is who crashed an engine alone, in whatever order that is told; an acquittal ends it", async () => {
  const store = memoryCoordination();
  await crash(store, "a", suspect());
  assert.equal((await standing(store, suspect()))?.isGuilty, false);
  await crash(store, "c", suspect({ isAlone: true }));
  await crash(store, "b", suspect());
  assert.equal((await standing(store, suspect()))?.isGuilty, true);
  const isAcquitted = await new Promise((resolve) => {
    acquitSuspect(store, suspectDigest(suspect()), resolve);
  });
  assert.equal(isAcquitted, true);
  assert.equal(await standing(store, suspect()), undefined);
  store.close();
});

test("two tenants, prompts or parameters are never one suspect, and the key holds none of the prompt's digest", async () => {
  const store = memoryCoordination();
  const others = [
    { tenant: "bolt" },
    { promptDigest: "e" },
    { parameters: "65" },
    { namespace: "m" },
  ];
  const digests = [{}, ...others].map((fields) => suspectDigest(suspect(fields)));
  assert.equal(new Set(digests).size, 5);
  assert.notEqual(
    suspectDigest(suspect({ tenant: "a", namespace: "bn" })),
    suspectDigest(suspect({ tenant: "ab", namespace: "n" })),
  );
  const prompt = "f00dfeed".repeat(8);
  await crash(store, "a", suspect({ promptDigest: prompt }));
  const written: string[] = [];
  const stop = store.watch(suspectPrefix, ({ entries }) => {
    for (const { key, value } of entries) written.push(key, value);
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  stop();
  assert.equal(written.length, 2);
  assert.ok(!written.join().includes(prompt));
  store.close();
});
