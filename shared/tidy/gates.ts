// The gates that are whole programs: format, lint, types, dead code. Silent when they pass.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./source-tree.ts";

interface Gate {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const gates: readonly Gate[] = [
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "lint", command: ["oxlint", "--deny-warnings"] },
  { name: "types", command: ["tsc", "-p", "."] },
  { name: "dead code", command: ["knip", "--no-progress"] },
];

/** Runs all gates, prints what the failing ones said, returns how many failed. */
export async function runGates(): Promise<{ readonly passed: number; readonly failed: number }> {
  let failed = 0;
  for (const gate of gates) {
    const { code, output } = await runGate(gate);
    if (code === 0) continue;
    failed += 1;
    process.stdout.write(`\nFAILED gate: ${gate.name}\n${output}\n`);
  }
  return { passed: gates.length - failed, failed };
}

function runGate({ command }: Gate): Promise<{ readonly code: number; readonly output: string }> {
  const [program, ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(join(repositoryRoot, "node_modules", ".bin", program), args, {
      cwd: repositoryRoot,
    });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", (error) => resolve({ code: 1, output: error.message }));
    child.on("close", (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(output).toString("utf8") }),
    );
  });
}
