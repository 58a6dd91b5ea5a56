// The lives of worker processes as the machine has them: from when the kernel started one until it was signalled or gone. Nothing here
// is told by the platform.

import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { lives, signalProcess } from "#deploy/local/processes/process-identity.ts";

export interface OutsideLife {
  readonly process: string;
  readonly bornAtEpochMs: number;
  /** Undefined: it lives. */
  diedAtEpochMs: number | undefined;
}

const ticksPerS = 100;
const goneWithinMs = 60_000;

/** Field 22 of /proc/PID/stat counts from the machine's start, as /proc/uptime does. */
function bornAtEpochMs({ startedAtTicks }: ClusterMember): number {
  const uptimeS = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  return Date.now() - (uptimeS - Number(startedAtTicks) / ticksPerS) * 1000;
}

export class OutsideLives {
  readonly #folder: string;
  readonly #current = new Map<string, OutsideLife>();
  readonly all: OutsideLife[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  workers(): readonly ClusterMember[] {
    return requiredState(this.#folder).members.filter(({ role }) => role === "worker");
  }

  /** Ends what runs under this name, and starts it again: from here on its lives are followed. */
  async restart(name: string): Promise<void> {
    const member = await restartProcess(this.#folder, name);
    const life = { process: name, bornAtEpochMs: bornAtEpochMs(member), diedAtEpochMs: undefined };
    this.#current.set(name, life);
    this.all.push(life);
  }

  kill(member: ClusterMember): void {
    if (signalProcess(member, "SIGKILL")) this.#died(member.name);
  }

  /** SIGTERM, as an orchestrator does it: it drains, and goes. */
  async terminate(member: ClusterMember): Promise<void> {
    signalProcess(member, "SIGTERM");
    const untilMs = performance.now() + goneWithinMs;
    while (lives(member) && performance.now() < untilMs) await sleep(10);
    if (lives(member)) throw new Error(`${member.name} does not end`);
    this.#died(member.name);
  }

  #died(name: string): void {
    const life = this.#current.get(name);
    if (life !== undefined) life.diedAtEpochMs ??= Date.now();
  }
}
