import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { NvidiaSmi } from "./nvidia-smi.ts";
import type { SmiDouble } from "./smi-double.ts";
import { lostLine, smiDouble, smiLine } from "./smi-double.ts";

let double: SmiDouble;
beforeEach(() => {
  double = smiDouble();
});
afterEach(() => {
  mock.restoreAll();
  double.remove();
});

const smiOf = (more: { ids?: readonly string[]; program?: string } = {}): NvidiaSmi =>
  new NvidiaSmi({ program: double.program, ids: [], deadlineMs: 300, ...more });

test("it is asked for the engine's own GPUs, and its lines are read", async () => {
  const other = smiLine({ index: "3", uuid: "GPU-3" });
  double.says([smiLine(), other]);
  const answer = await smiOf({ ids: ["0", "GPU-3"] }).ask();
  assert.ok(answer.kind === "gpus");
  assert.deepEqual(
    answer.gpus.map(({ index }) => index),
    ["0", "3"],
  );
  const [asked] = double.asked();
  assert.match(
    asked ?? "",
    /^--query-gpu=index,uuid,.* --format=csv,noheader,nounits --id=0,GPU-3$/,
  );
});

test("without ids it is asked for all", async () => {
  double.says([smiLine()]);
  await smiOf().ask();
  assert.doesNotMatch(double.asked()[0] ?? "", /--id/);
});

test("a field that its driver does not know is left out from then on", async () => {
  double.says([smiLine().replace(/, None$/, "")]);
  double.does(
    'case "$1" in *gpu_recovery_action*)\n' +
      '  echo "Field \\"gpu_recovery_action\\" is not a valid field to query."; echo; exit 2;;\nesac\ncat "$0.lines"',
  );
  const smi = smiOf();
  for (const questions of [2, 3]) {
    assert.equal((await smi.ask()).kind, "gpus");
    assert.equal(double.asked().length, questions);
  }
});

test("a driver that does not know whose line it is cannot be read", async () => {
  double.does('echo "Field \\"uuid\\" is not a valid field to query."; exit 2');
  assert.equal((await smiOf().ask()).kind, "unreadable");
});

test("without the program there is nothing to be read", async () => {
  const answer = await smiOf({ program: `${double.program}-that-is-not-there` }).ask();
  assert.deepEqual(answer, { kind: "absent", why: "nvidia-smi is not there" });
});

test("a lost GPU is known by its cells, by the driver's words, and by the exit code", async () => {
  double.says([lostLine]);
  const byCells = await smiOf().ask();
  assert.ok(byCells.kind === "gpus" && byCells.gpus[0]?.trouble === "lost");
  const words =
    "Unable to determine the device handle for GPU0000:1B:00.0: GPU is lost.  Reboot the system to recover this GPU";
  double.says([words], 15);
  assert.deepEqual(await smiOf().ask(), { kind: "lost", why: words });
  double.says(["something else"], 15);
  assert.equal((await smiOf().ask()).kind, "lost");
});

test("without a handle and without a reason it is not called lost yet", async () => {
  double.says(["Unable to determine the device handle for GPU0000:1B:00.0: Unknown Error"], 255);
  assert.equal((await smiOf().ask()).kind, "unreachable");
  double.says(["No devices were found"], 6);
  assert.equal((await smiOf().ask()).kind, "unreachable");
});

test("a driver that is not loaded, and an answer cut short, are unreadable", async () => {
  const why = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
  double.says([why], 9);
  const answer = await smiOf().ask();
  assert.ok(answer.kind === "unreadable" && answer.why.includes(why) && answer.why.includes("9"));
  double.says([smiLine(), smiLine().slice(0, 40)]);
  assert.equal((await smiOf().ask()).kind, "unreadable");
  double.says([]);
  assert.equal((await smiOf().ask()).kind, "unreadable");
});

test("one that hangs is killed, and answers again when it can", async () => {
  double.does("exec sleep 30");
  const smi = smiOf();
  const beganAt = performance.now();
  assert.equal((await smi.ask()).kind, "silent");
  assert.ok(performance.now() - beganAt < 5_000);
  double.says([smiLine()]);
  assert.equal((await smi.ask()).kind, "gpus");
});

test("none is started beside one that does not die", async () => {
  // Nothing that is sent to it ends it, as a process in a driver's hands.
  mock.method(process, "kill", () => true);
  double.does("sleep 2");
  const smi = smiOf();
  assert.equal((await smi.ask()).kind, "silent");
  const answer = await smi.ask();
  assert.ok(answer.kind === "silent" && /not ended/.test(answer.why));
  assert.equal(double.asked().length, 1);
});

test("a warning beside a row for each GPU that was asked for is only a warning", async () => {
  const warning = "WARNING: infoROM is corrupted at gpu 0000:1B:00.0";
  for (const where of ["", " >&2"]) {
    double.does(`echo "${smiLine()}"; echo "${warning}"${where}; exit 0`);
    for (const ids of [["0"], []])
      assert.equal((await smiOf({ ids }).ask()).kind, "gpus", `${where} ${ids.join()}`);
  }
  double.does(`echo "${smiLine()}"; echo "${warning}" >&2; exit 1`);
  assert.equal((await smiOf({ ids: ["0"] }).ask()).kind, "unreadable");
});

test("what is said of a GPU that has no row is no warning", async () => {
  const words = "Unable to determine the device handle for GPU0000:1C:00.0: GPU is lost.";
  double.does(`echo "${smiLine()}"; echo "${words}" >&2; exit 0`);
  for (const ids of [["0", "1"], []])
    assert.deepEqual(await smiOf({ ids }).ask(), { kind: "lost", why: words });
  assert.equal((await smiOf({ ids: ["0"] }).ask()).kind, "gpus");
});

test("one that refuses for ever what it is not asked any more is not asked for ever", async () => {
  double.does('echo "Field \\"power.draw\\" is not a valid field to query."; exit 2');
  assert.equal((await smiOf().ask()).kind, "unreadable");
  assert.equal(double.asked().length, 2);
});

test("one that cannot be started, or says too much, is unreadable", async () => {
  const tooMany = await smiOf({ ids: ["x".repeat(200_000)] }).ask();
  assert.ok(tooMany.kind === "unreadable" && /E2BIG/.test(tooMany.why));
  double.does("exec yes");
  const flood = await smiOf().ask();
  assert.ok(flood.kind === "unreadable" && /more than 65536/.test(flood.why));
});
