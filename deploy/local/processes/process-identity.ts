// Which process a pid means: pids are used again, so a process is its pid together with the moment it started. Only
// a process that is still the same one may be signalled.

import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks since the machine's start. */
  readonly startedAtTicks: string;
}

/** Nothing when no such process lives; one that ended but was not waited for does not live. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  // The second field is the program's name in brackets and may hold spaces.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields ?? [];
  const startedAtTicks = fields?.[19];
  if (startedAtTicks === undefined || state === "Z" || state === "X") return undefined;
  return { pid, startedAtTicks };
}

export const lives = ({ pid, startedAtTicks }: ProcessIdentity): boolean =>
  identityOf(pid)?.startedAtTicks === startedAtTicks;

/** Whether there was somebody to hear it. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!lives(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
}
