import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkerId } from "#shared/model/ids.ts";
import type { DrainFlag } from "./drain-flags.ts";
import {
  drainFlags,
  encodeDrainFlag,
  flagOf,
  isDrained,
  workerDrainKey,
  zoneDrainKey,
} from "./drain-flags.ts";

const worker = "w1" as WorkerId;
const zone = "eu-a";
const cordon: DrainFlag = { kind: "cordon" };
const drain = (patienceMs: number): DrainFlag => ({ kind: "drain", patienceMs });

const standing = (own: DrainFlag | undefined, ofZone: DrainFlag | undefined) =>
  drainFlags([
    { key: workerDrainKey(worker), value: encodeDrainFlag(own), epoch: 1 },
    { key: zoneDrainKey(zone), value: encodeDrainFlag(ofZone), epoch: 2 },
  ]);

const cases = [
  [undefined, undefined, undefined],
  [cordon, undefined, cordon],
  [undefined, cordon, cordon],
  [cordon, drain(5), drain(5)],
  [drain(5), cordon, drain(5)],
  [drain(5), drain(9), drain(5)],
  [drain(9), drain(5), drain(5)],
] as const;

for (const [own, ofZone, expected] of cases) {
  const said = (flag: DrainFlag | undefined): string => encodeDrainFlag(flag);
  test(`a worker's own ${said(own)} and its zone's ${said(ofZone)} are ${said(expected)}`, () => {
    assert.deepEqual(flagOf(standing(own, ofZone), { worker, zone }), expected);
  });
}

test("another's wish, and a value that is none, are nobody's", () => {
  const flags = drainFlags([
    { key: workerDrainKey("w2"), value: encodeDrainFlag(cordon), epoch: 1 },
    { key: workerDrainKey(worker), value: '{"kind":"drain"}', epoch: 1 },
    { key: zoneDrainKey(zone), value: "{", epoch: 1 },
    { key: "/drain/", value: encodeDrainFlag(cordon), epoch: 1 },
  ]);
  assert.equal(flagOf(flags, { worker, zone }), undefined);
});

test("a zone is drained by a drain, not by a cordon, which is about its workers", () => {
  assert.equal(isDrained(standing(drain(5), undefined), zone), false);
  assert.equal(isDrained(standing(undefined, cordon), zone), false);
  assert.equal(isDrained(standing(undefined, drain(5)), zone), true);
});
