// Runs test files with node:test, silent about what passes, complete about what fails.

import { run } from "node:test";
import { relative } from "node:path";
import { compileCache } from "#shared/config/compile-cache.ts";
import { makeTemplate } from "./pglite-template.ts";
import { repositoryRoot } from "./source-tree.ts";

/** Loaded before each test file. */
const preludes = ["./property-seed.ts", "./begin-from-template.ts"].map(
  (prelude) => new URL(prelude, import.meta.url).href,
);

/**
 * The only WebAssembly of ours is the embedded database, which no test asks long enough to be repaid for optimizing it: that
 * takes more of a processor than the test.
 */
const nodeOptions = ["--liftoff-only", ...preludes.flatMap((prelude) => ["--import", prelude])];

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** How many for each reason. */
  readonly skipped: ReadonlyMap<string, number>;
  /** Per file. */
  readonly tookMs: ReadonlyMap<string, number>;
}

interface TestRun {
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

export async function runTests({ files, concurrency, timeoutMs }: TestRun): Promise<TestCounts> {
  const skipped = new Map<string, number>();
  const tookMs = new Map<string, number>();
  const counts = { passed: 0, failed: 0, skipped, tookMs };
  if (files.length === 0) return counts;
  await makeTemplate();
  const printed: string[] = [];
  const stream = run({
    files: [...files],
    concurrency,
    timeout: timeoutMs,
    cwd: repositoryRoot,
    execArgv: nodeOptions,
    env: { ...process.env, ...compileCache },
  });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    const why = event.skip ?? event.todo;
    if (why === undefined) counts.passed += 1;
    else {
      const reason = typeof why === "string" ? why : `without a reason: ${event.name}`;
      skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
    }
  });
  stream.on("test:fail", (event) => {
    if (event.details.type === "suite") return;
    counts.failed += 1;
    const where = event.file === undefined ? "" : relative(repositoryRoot, event.file);
    const cause = event.details.error.cause ?? event.details.error;
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause);
    process.stdout.write(`\nFAILED ${event.name} (${where}:${event.line ?? 0})\n${reason}\n`);
    process.stdout.write(printed.slice(-40).join(""));
  });
  stream.on("test:summary", ({ file, duration_ms }) => {
    if (file !== undefined) tookMs.set(relative(repositoryRoot, file), duration_ms);
  });
  stream.on("test:stdout", (event) => keepLast(printed, event.message));
  stream.on("test:stderr", (event) => keepLast(printed, event.message));
  for await (const _ of stream) {
    // Reading to the end is what drives the run.
  }
  return counts;
}

function keepLast(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > 400) lines.splice(0, 200);
}
