// The fleet while a scenario works on it: who is there, and what may be done to them. Every fault is written down with its
// moment, and whoever was stopped or killed is made whole again at the end.

import { setTimeout as sleep } from "node:timers/promises";
import { signalProcess } from "#deploy/local/processes/process-identity.ts";
import type { ClusterMember } from "#deploy/local/cluster/cluster-state.ts";
import { requiredState } from "#deploy/local/cluster/cluster-state.ts";
import { restartProcess } from "#deploy/local/cluster/restart.ts";
import { clusterStatus } from "#deploy/local/cluster/status.ts";
import { askAdmin } from "./ask-admin.ts";
import type { Fault } from "./judge/judge-streams.ts";
import type { StreamLoad } from "./streams/stream-load.ts";

const lookEveryMs = 100;
const metricsWithinMs = 1_000;

export class Stage {
  readonly #folder: string;
  readonly #faults: Fault[] = [];
  readonly #stopped: Set<string> = new Set();
  readonly #wrong: string[] = [];
  readonly load: StreamLoad;
  readonly say: (line: string) => void;

  constructor(folder: string, load: StreamLoad, say: (line: string) => void) {
    this.#folder = folder;
    this.load = load;
    this.say = say;
  }

  get faults(): readonly Fault[] {
    return this.#faults;
  }

  /** As they run now: after a restart another process under the same name. */
  members(role: ClusterMember["role"]): readonly ClusterMember[] {
    return requiredState(this.#folder).members.filter((member) => member.role === role);
  }

  inZone(zone: string): readonly ClusterMember[] {
    return requiredState(this.#folder).members.filter((member) => member.zone === zone);
  }

  /** `host:port` of the operator's door. */
  get admin(): string {
    return this.members("registry")[0]?.admin ?? "";
  }

  fault(what: string, victim?: ClusterMember): void {
    this.say(what);
    const edge = victim?.role === "edge" ? victim.http : undefined;
    const atMs = performance.now();
    this.#faults.push({ what, atMs, ...(edge === undefined ? {} : { edge }) });
  }

  /** What a scenario saw itself that must not be. */
  isWrong(what: string): void {
    this.say(`WRONG: ${what}`);
    this.#wrong.push(what);
  }

  get wrong(): readonly string[] {
    return this.#wrong;
  }

  kill(member: ClusterMember): void {
    this.fault(`kills ${member.name}`, member);
    signalProcess(member, "SIGKILL");
    this.#stopped.add(member.name);
  }

  pause(member: ClusterMember): void {
    this.fault(`stops ${member.name}`);
    signalProcess(member, "SIGSTOP");
  }

  goOn(member: ClusterMember): void {
    this.say(`lets ${member.name} go on`);
    signalProcess(member, "SIGCONT");
  }

  /** SIGTERM, as an orchestrator does it. */
  terminate(member: ClusterMember): void {
    this.fault(`terminates ${member.name}`, member);
    signalProcess(member, "SIGTERM");
    this.#stopped.add(member.name);
  }

  async restart({ name }: ClusterMember): Promise<void> {
    this.say(`starts ${name} again`);
    await restartProcess(this.#folder, name);
    this.#stopped.delete(name);
  }

  /** Whoever was killed or ended and not started again. */
  async restartAll(): Promise<void> {
    for (const name of this.#stopped) await restartProcess(this.#folder, name);
    this.#stopped.clear();
  }

  async untilReady(withinMs: number): Promise<void> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const { processes } = await clusterStatus(this.#folder);
      const missing = processes.filter(({ ready }) => !ready);
      if (missing.length === 0) return;
      if (performance.now() > untilMs) {
        const names = missing.map(({ name, missing: what = [] }) => `${name}: ${what.join(", ")}`);
        throw new Error(`not ready within ${withinMs / 1000} s: ${names.join("; ")}`);
      }
      await sleep(lookEveryMs);
    }
  }

  /** The control process with the largest sum of a gauge; absent when none has any. */
  async controlWithMost(gauge: string): Promise<ClusterMember | undefined> {
    let most: ClusterMember | undefined;
    let mostValue = 0;
    for (const member of this.members("control")) {
      const value = await sumOf(member.admin ?? "", gauge);
      if (value > mostValue) [most, mostValue] = [member, value];
    }
    return most;
  }

  /** Of a figure, over all processes of a role. */
  async sumOver(role: ClusterMember["role"], figure: string): Promise<number> {
    const values = this.members(role).map(({ admin = "" }) => sumOf(admin, figure));
    return (await Promise.all(values)).reduce((sum, value) => sum + value, 0);
  }

  admins<Answer>(path: string, method: "GET" | "POST" = "GET"): Promise<Answer> {
    return askAdmin<Answer>(this.admin, path, method);
  }
}

async function sumOf(admin: string, gauge: string): Promise<number> {
  const signal = AbortSignal.timeout(metricsWithinMs);
  const text = await fetch(`http://${admin}/metrics`, { signal })
    .then((answer) => answer.text())
    .catch(() => "");
  const values = text.matchAll(new RegExp(`^${gauge}\\{[^}]*\\} ([0-9.e+]+)$`, "gm"));
  return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
}
