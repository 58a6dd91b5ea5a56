// `npm run check`: format, lint, types, dead code, tidy, unit tests and ten seconds of simulation; under a minute.

import { spawnSync } from "node:child_process";
import { endProcess } from "#shared/config/end-process.ts";
import { runGates } from "./gates.ts";
import { listFiles, repositoryRoot } from "./source-tree.ts";
import { runTests } from "./test-run.ts";

const words = process.argv.slice(2);
if (words.length > 0) {
  console.log(
    "npm run check: format, lint, types, dead code, tidy, unit tests, ten seconds of simulation",
  );
  process.exit(words[0] === "--help" ? 0 : 2);
}

const gates = await runGates();
const files = listFiles().filter(
  (path) => path.endsWith(".test.ts") && !/\.(live|sim)\.test\.ts$/.test(path),
);
const tests = await runTests({ files, concurrency: 2, timeoutMs: 60_000 });
const simulation = spawnSync(
  process.execPath,
  ["loadtest/simulation/main.ts", "--seeds", "1000", "--seconds", "10"],
  { cwd: repositoryRoot, encoding: "utf8" },
);
if (simulation.status !== 0) process.stdout.write(simulation.stdout + simulation.stderr);

const failed = gates.failed + tests.failed + (simulation.status === 0 ? 0 : 1);
console.log(
  `${gates.passed + tests.passed + (simulation.status === 0 ? 1 : 0)} passed, ${failed} failed`,
);
endProcess(failed === 0 ? 0 : 1);
