import assert from "node:assert/strict";
import { test } from "node:test";
import type { Capacity } from "#shared/messages/worker-capacity.ts";
import type { WorkerHostId, WorkerId } from "#shared/model/ids.ts";
import type { Placement } from "./placement.ts";
import {
  countStarted,
  moveTo,
  notStarted,
  occupyBlocks,
  occupySequence,
  vacate,
} from "./placement.ts";
import type { WorkerView } from "./worker-view.ts";
import { freeBlocks, freeSequences, takeBookable, takeReport, workerView } from "./worker-view.ts";

const w1 = "w1" as WorkerId;

const report = (seq: number, freeSequences: number, freeBlocks: number): Capacity => ({
  kind: "capacity",
  worker: w1,
  incarnation: 1,
  seq,
  freeSequences,
  sequencesMax: 4,
  freeBlocks,
  residents: [],
  isCordoned: false,
});

function told(): WorkerView {
  const view = workerView({ worker: w1, incarnation: 1, zone: "a", host: "h" as WorkerHostId });
  takeReport(view, report(1, 4, 100), 0);
  return view;
}

function placed(view: WorkerView, blocks: number): Placement {
  const placement = {
    view,
    blocks,
    promptTokens: 0,
    state: "reserving",
    startedAtSeq: notStarted,
  } as Placement;
  occupySequence(placement);
  occupyBlocks(placement);
  return placement;
}

const free = (view: WorkerView): number[] => [freeSequences(view), freeBlocks(view, 0)];

test("a place counts from the pick, and once only when the worker's report includes it", () => {
  const view = told();
  const placement = placed(view, 10);
  assert.deepEqual(free(view), [3, 90]);
  takeReport(view, report(2, 4, 100), 0);
  assert.deepEqual(free(view), [3, 90], "a report from before the start does not include it");
  countStarted(placement);
  assert.deepEqual(free(view), [3, 90]);
  takeReport(view, report(3, 3, 90), 0);
  assert.deepEqual(free(view), [3, 90]);
});

test("a place given up counts no more, whether reports included it or not", () => {
  const view = told();
  const early = placed(view, 10);
  const late = placed(view, 20);
  countStarted(late);
  takeReport(view, report(2, 3, 80), 0);
  assert.deepEqual(free(view), [2, 70]);
  vacate(early);
  assert.deepEqual(free(view), [3, 80]);
  vacate(late);
  assert.deepEqual(free(view), [3, 80], "its worker's next report frees it");
  takeReport(view, report(3, 4, 100), 0);
  assert.deepEqual(free(view), [4, 100]);
  assert.equal(view.reservingBlocks, 0);
});

test("a late report and one of another life are not taken", () => {
  const view = told();
  assert.equal(takeReport(view, report(1, 0, 0), 5), false);
  assert.equal(takeReport(view, { ...report(9, 0, 0), incarnation: 2 }, 5), false);
  assert.deepEqual(free(view), [4, 100]);
});

test("what is being reserved comes off what the accountant said is left", () => {
  const view = told();
  takeBookable(view, { freeBlocks: 50, totalBlocks: 120 }, 0);
  placed(view, 20);
  assert.deepEqual(free(view), [3, 30]);
});

test("a place moves along its arrows only", () => {
  const placement = placed(told(), 1);
  moveTo(placement, "granted", 0);
  moveTo(placement, "running", 0);
  assert.throws(() => moveTo(placement, "granted", 0), /arrows/);
  moveTo(placement, "voiding", 0);
  moveTo(placement, "closing", 0);
  assert.throws(() => moveTo(placement, "voiding", 0), /arrows/);
});
