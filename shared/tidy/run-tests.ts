// `npm test`: every gate and every test. Prints one line a stage, and what fails.

import { parseArgs } from "node:util";
import { endProcess } from "#shared/config/end-process.ts";
import { runGates } from "./gates.ts";
import { listFiles } from "./source-tree.ts";
import { runTests } from "./test-run.ts";

const help = `npm test [-- [--slowest] FILE…]

Runs the gates (format, lint, types, dead code), then unit, contract and transcript tests and the simulator, then the
tests with real servers and whole platforms, two files at a time, and those with a whole fleet alone. With files: only
those tests. --slowest: also says which files took longest.`;

/** A glob that matches nothing must not pass for a green run. */
const testFilesMin = 40;

const { values, positionals } = parseArgs({
  options: { help: { type: "boolean" }, slowest: { type: "boolean" } },
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
const isLive = (path: string): boolean => path.endsWith(".live.test.ts");
const isSimulated = (path: string): boolean => path.endsWith(".sim.test.ts");
/** Some twenty processes each: beside another they would wait for the processor, and call that a fault. */
const isFleet = (path: string): boolean =>
  isLive(path) && /^(services\/fleet|deploy\/local\/cluster|loadtest\/chaos)\//.test(path);

const total = { passed: 0, failed: 0 };
const skipped = new Map<string, number>();
const tookMs: [file: string, tookMs: number][] = [];
async function stage(
  name: string,
  work: Promise<{
    readonly passed: number;
    readonly failed: number;
    readonly skipped?: ReadonlyMap<string, number>;
    readonly tookMs?: ReadonlyMap<string, number>;
  }>,
): Promise<void> {
  const startedAtMs = performance.now();
  const { passed, failed, skipped: left = [], tookMs: took = [] } = await work;
  tookMs.push(...took);
  total.passed += passed;
  total.failed += failed;
  for (const [why, count] of left) skipped.set(why, (skipped.get(why) ?? 0) + count);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  console.log(`${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
}

if (positionals.length === 0) await stage("gates", runGates());
await stage(
  "unit, contract, transcript",
  runTests({
    files: chosen.filter((path) => !isLive(path) && !isSimulated(path)),
    concurrency: 2,
    timeoutMs: 60_000,
  }),
);
const aloneMs = 480_000;
await stage(
  "simulation",
  runTests({ files: chosen.filter(isSimulated), concurrency: 2, timeoutMs: aloneMs }),
);
await stage(
  "live, end to end",
  runTests({
    files: chosen.filter((path) => isLive(path) && !isFleet(path)),
    concurrency: 2,
    timeoutMs: aloneMs,
  }),
);
await stage(
  "whole fleets",
  runTests({ files: chosen.filter(isFleet), concurrency: 1, timeoutMs: aloneMs }),
);
if (values.slowest === true) {
  const slowest = tookMs.toSorted(([, a], [, b]) => b - a).slice(0, 25);
  for (const [file, ms] of slowest) console.log(`${(ms / 1000).toFixed(1)} s  ${file}`);
}
for (const [why, count] of skipped) console.log(`${count} skipped: ${why}`);
console.log(`${total.passed} passed, ${total.failed} failed`);
endProcess(total.failed === 0 ? 0 : 1);
