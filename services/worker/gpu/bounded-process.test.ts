import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { BoundedProcess } from "./bounded-process.ts";
import type { SmiDouble } from "./smi-double.ts";
import { smiDouble } from "./smi-double.ts";

let double: SmiDouble;
beforeEach(() => {
  double = smiDouble();
});
afterEach(() => {
  mock.restoreAll();
  double.remove();
});

const run = (script: string, deadlineMs = 5_000): BoundedProcess => {
  double.does(script);
  return new BoundedProcess(double.program, [], { deadlineMs, charactersMax: 1_000 });
};

/** Of what the script left behind, by the number that it wrote down. */
const leftBehind = (): boolean => {
  const pid = Number(readFileSync(`${double.program}.left`, "utf8"));
  try {
    // A zombie that nobody has waited for yet has ended.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
};

async function until(holds: () => boolean, what: string): Promise<void> {
  const beganAt = performance.now();
  while (!holds()) {
    assert.ok(performance.now() - beganAt < 3_000, what);
    await sleep(5);
  }
}

test("what it writes to each of its outputs is told apart, with its exit code", async () => {
  assert.deepEqual(await run("echo out; echo err >&2; exit 3").ended, {
    verdict: { how: "exited", code: 3 },
    stdout: "out\n",
    stderr: "err\n",
  });
});

test("one that cannot be started is an answer, whether it is thrown or comes as an event", async () => {
  const verdictOf = async (program: string, args: readonly string[] = []) =>
    (await new BoundedProcess(program, args, { deadlineMs: 1_000, charactersMax: 9 }).ended)
      .verdict;
  assert.equal((await verdictOf(`${double.program}-not-there`)).how, "absent");
  assert.equal((await verdictOf(`${double.program}/below-a-file`)).how, "absent");
  const tooLong = await verdictOf(double.program, ["x".repeat(200_000)]);
  assert.ok(tooLong.how === "failed" && /E2BIG/.test(tooLong.why));
  const noProgram = await verdictOf(double.kernelLog);
  assert.ok(noProgram.how === "failed" && /EACCES/.test(noProgram.why));
});

test("a machine without a descriptor left does not end who asks, and is asked again", () => {
  double.does("echo well");
  const script = `
    import { closeSync, openSync } from "node:fs";
    import { BoundedProcess } from ${JSON.stringify(import.meta.resolve("./bounded-process.ts"))};
    const ask = async () => {
      const bounds = { deadlineMs: 5000, charactersMax: 1000 };
      const { verdict, stdout } = await new BoundedProcess(process.argv[1], [], bounds).ended;
      console.log(verdict.how, verdict.why ?? stdout.trim());
    };
    await ask();
    const held = [];
    try { for (;;) held.push(openSync("/dev/null")); } catch {}
    await ask();
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const descriptor of held) closeSync(descriptor);
    await ask();
  `;
  const shell = `ulimit -n 100; exec "$0" --input-type=module -e "$1" "$2"`;
  const said = execFileSync("/bin/sh", ["-c", shell, process.execPath, script, double.program], {
    encoding: "utf8",
  });
  assert.match(said, /^exited well\nfailed .*EMFILE\nexited well\n$/);
});

test("one that says too much is cut short and ended, with all that it has started", async () => {
  const flooding = run('yes & echo $! > "$0.left"; wait');
  const { verdict, stdout } = await flooding.ended;
  assert.equal(verdict.how, "flood");
  assert.equal(stdout.length, 1_000);
  await until(() => !flooding.isRunning && !leftBehind(), "ended");
});

test("what it left running neither holds its answer up nor outlives it", async () => {
  const beganAt = performance.now();
  const left = run('sleep 20 & echo $! > "$0.left"; echo well');
  const { verdict, stdout } = await left.ended;
  assert.deepEqual([verdict.how, stdout], ["exited", "well\n"]);
  assert.ok(performance.now() - beganAt < 4_000);
  assert.ok(!left.isRunning);
  await until(() => !leftBehind(), "ended");
});

test("nor does one that has left its group and keeps its output open", async () => {
  const left = run("setsid sleep 4 & sleep 0.3; echo well", 2_000);
  const { verdict, stdout } = await left.ended;
  assert.deepEqual([verdict.how, stdout], ["exited", "well\n"]);
  assert.ok(!left.isRunning);
});

test("at its deadline it is ended, with all that it has started", async () => {
  const hanging = run('sleep 20 & echo $! > "$0.left"; wait', 200);
  assert.equal((await hanging.ended).verdict.how, "silent");
  await until(() => !hanging.isRunning && !leftBehind(), "ended");
});

test("one that cannot be killed is answered for in time, and still runs", async () => {
  // As a process in the hands of a driver that hangs.
  const kill = mock.method(process, "kill", () => true);
  const hanging = run("sleep 1.5", 100);
  assert.equal((await hanging.ended).verdict.how, "silent");
  assert.ok(hanging.isRunning && kill.mock.callCount() > 0);
  await until(() => !hanging.isRunning, "ended by itself");
});
