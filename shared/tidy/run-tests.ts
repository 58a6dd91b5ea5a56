// `npm test`: every gate and every test. Prints one line a stage, and what fails.

import { parseArgs } from "node:util";
import { endProcess } from "#shared/config/end-process.ts";
import { runGates } from "./gates.ts";
import { listFiles } from "./source-tree.ts";
import { runTests } from "./test-run.ts";

const help = `npm test [-- FILE…]

Runs the gates (format, lint, types, dead code), then unit, contract and transcript tests, then the tests
with real servers, whole platforms and the simulator, one file at a time. With files: only those tests.`;

/** A glob that matches nothing must not pass for a green run. */
const testFilesMin = 40;

const { values, positionals } = parseArgs({
  options: { help: { type: "boolean" } },
  allowPositionals: true,
});
if (values.help === true) {
  console.log(help);
  process.exit(0);
}

const all = listFiles().filter((path) => path.endsWith(".test.ts"));
const chosen = positionals.length === 0 ? all : all.filter((path) => positionals.includes(path));
if (chosen.length < (positionals.length === 0 ? testFilesMin : 1)) {
  console.error(`Found only ${chosen.length} test files: something is wrong with the checkout.`);
  process.exit(1);
}
const isAlone = (path: string): boolean => /\.(live|sim)\.test\.ts$/.test(path);

const total = { passed: 0, failed: 0 };
const skipped = new Map<string, number>();
async function stage(
  name: string,
  work: Promise<{
    readonly passed: number;
    readonly failed: number;
    readonly skipped?: ReadonlyMap<string, number>;
  }>,
): Promise<void> {
  const startedAtMs = performance.now();
  const { passed, failed, skipped: left = [] } = await work;
  total.passed += passed;
  total.failed += failed;
  for (const [why, count] of left) skipped.set(why, (skipped.get(why) ?? 0) + count);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}

if (positionals.length === 0) await stage("gates", runGates());
await stage(
  "unit, contract, transcript",
  runTests({ files: chosen.filter((path) => !isAlone(path)), concurrency: 2, timeoutMs: 60_000 }),
);
await stage(
  "simulation, live, end to end",
  runTests({ files: chosen.filter(isAlone), concurrency: 1, timeoutMs: 480_000 }),
);
for (const [why, count] of skipped) console.log(`${count} skipped: ${why}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
endProcess(total.failed === 0 ? 0 : 1);
