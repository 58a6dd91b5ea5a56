import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { GpuWatch } from "./gpu-watch.ts";
import { KernelLog } from "./kernel-log.ts";
import { NvidiaSmi } from "./nvidia-smi.ts";
import type { SmiDouble } from "./smi-double.ts";
import { smiDouble, smiLine } from "./smi-double.ts";

let double: SmiDouble;
let watch: GpuWatch | undefined;
beforeEach(() => {
  double = smiDouble();
});
afterEach(() => {
  watch?.stop();
  mock.restoreAll();
  double.remove();
});

function watched(): readonly string[] {
  const heard: string[] = [];
  watch = new GpuWatch({
    sources: { smiProgram: double.program, kernelLog: double.kernelLog, everyMs: 20 },
    ids: ["0"],
    gpus: 1,
    nowMs: () => performance.now(),
    onFault: ({ fault }) => heard.push(fault),
    onXid: (xid) => heard.push(`XID ${xid}`),
    onMeasured: (why) => heard.push(why ?? "measured"),
    onNoXids: (why) => heard.push(why),
  });
  return heard;
}

async function until(holds: () => boolean, what: string): Promise<void> {
  const beganAt = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - beganAt < 3_000, what);
    await sleep(5);
  }
}

test("a kernel log that can be read no more is said once, and the GPUs are read on", async () => {
  double.says([smiLine()]);
  const heard = watched();
  await until(() => heard.length > 0, "measured");
  mock.method(KernelLog.prototype, "news", () => Promise.reject(new Error("EIO: i/o error")));
  await until(() => heard.length > 1, "said");
  mock.restoreAll();
  const asked = double.asked().length;
  await until(() => double.asked().length > asked + 2, "read on");
  assert.deepEqual(heard, ["measured", "the kernel log cannot be read any more: EIO: i/o error"]);
});

test("a look that throws is a reading that failed, and it looks again", async () => {
  double.says([smiLine()]);
  mock.method(NvidiaSmi.prototype, "ask", () => Promise.reject(new Error("of its own making")));
  const heard = watched();
  await until(() => heard.length > 0, "said");
  mock.restoreAll();
  await until(() => heard.length > 1, "looked again");
  assert.deepEqual(heard, ["nvidia-smi cannot be asked: of its own making", "measured"]);
});

test("a warning beside a GPU that is well again does not keep it out", async () => {
  double.says(["Unable to determine the device handle for GPU0000:1B:00.0: GPU is lost."], 15);
  const heard = watched();
  await until(() => heard.includes("gpu-lost"), "lost");
  double.does(
    `echo "${smiLine()}"; echo "WARNING: infoROM is corrupted at gpu 0000:1B:00.0" >&2; exit 0`,
  );
  await until(() => watch?.lasting === undefined, "well again");
});
