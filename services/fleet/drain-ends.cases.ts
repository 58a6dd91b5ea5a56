// Planned ends of a real fleet, for its live test: what a process says last, and what the operator's command line does.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { endProcess } from "#deploy/local/processes/end-process.ts";

const execute = promisify(execFile);
const bin = fileURLToPath(new URL("../console/fairlead.ts", import.meta.url));
const endsWithinMs = 40_000;

/** The last line of one that is asked to end, and whether it had to be killed. */
export async function lastWordOf(
  folder: string,
  name: string,
): Promise<{ readonly isKilled: boolean; readonly line: string }> {
  const member = requiredState(folder).members.find((one) => one.name === name);
  if (member === undefined) throw new Error(`no process ${name}`);
  const ended = await endProcess(member, { signal: "SIGTERM", patienceMs: endsWithinMs });
  const lines = readFileSync(member.command.logFile, "utf8").trimEnd().split("\n");
  return { isKilled: !ended, line: lines.at(-1) ?? "" };
}

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly complaint: string;
}

/** `npx fairlead …` against that admin API. */
export async function fairleadSays(admin: string, ...words: readonly string[]): Promise<Said> {
  const args = [bin, ...words, "--admin", `http://${admin}`];
  try {
    const { stdout } = await execute(process.execPath, args, { timeout: endsWithinMs });
    return { code: 0, out: stdout, complaint: "" };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as Record<string, unknown>;
    return { code: Number(code), out: String(stdout), complaint: String(stderr) };
  }
}
