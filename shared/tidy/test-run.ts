// Runs test files with node:test, silent about what passes, complete about what fails.

import { run } from "node:test";
import { relative } from "node:path";
import { repositoryRoot } from "./source-tree.ts";

const propertySeed = new URL("./property-seed.ts", import.meta.url).href;

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface TestRun {
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
  readonly timeoutMs: number;
}

export async function runTests({ files, concurrency, timeoutMs }: TestRun): Promise<TestCounts> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  if (files.length === 0) return counts;
  const printed: string[] = [];
  const stream = run({
    files: [...files],
    concurrency,
    timeout: timeoutMs,
    cwd: repositoryRoot,
    execArgv: ["--import", propertySeed],
  });
  stream.on("test:pass", (event) => {
    if (event.details.type === "suite") return;
    if (event.skip !== undefined || event.todo !== undefined) counts.skipped += 1;
    else counts.passed += 1;
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
