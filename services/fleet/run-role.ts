// The life of a role's process: settings, start, one ready line, and a drain at SIGTERM or Ctrl-C. Whatever fails is
// one message on standard error and exit code 1, with nothing left running.

import { performance } from "node:perf_hooks";
import type { Environment } from "#shared/config/environment.ts";
import { endProcess } from "#shared/config/end-process.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import type { Closers } from "./closers.ts";
import { startClosers } from "./closers.ts";
import type { ProofBook } from "./drain-proof.ts";
import { isEmpty, proofBook, proofLine } from "./drain-proof.ts";
import { onEndSignals } from "./end-signals.ts";
import type { ProcessConfig } from "./process-config.ts";
import { unknownRoleSettings } from "./role-configs.ts";
import type { RoleProcess } from "./role-process.ts";
import { readyLine } from "./role-process.ts";

export interface Role<Config extends ProcessConfig> {
  readonly role: FleetRole;
  readonly readConfig: (environment: Environment) => Config;
  readonly start: (start: RoleStart<Config>) => Promise<Omit<RoleProcess, "drain">>;
}

export interface RoleStart<Config> {
  readonly config: Config;
  readonly closers: Closers;
  /** Each role writes down, as it ends, what it still had. */
  readonly proof: ProofBook;
}

/** For all that comes after the open work: usage, hand-over, connections. A peer that stands still must not hold us. */
const drainGraceMs = 20_000;

function within(work: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const tooLong = (): void => {
      reject(new Error(`not drained within ${limitMs / 1000} s: ending without the rest`));
    };
    const timer = setTimeout(tooLong, limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const say = (text: string): void => console.error(text);

function fail(error: unknown): number {
  say(`fairlead: ${error instanceof Error ? error.message : String(error)}`);
  return 1;
}

/** The exit code: nothing may be left, whatever else went well. */
function prove(
  code: number,
  {
    role,
    config,
    proof,
  }: { readonly role: FleetRole; readonly config: ProcessConfig; readonly proof: ProofBook },
): number {
  const taken = proof.taken();
  console.log(proofLine({ role, ...config }, taken));
  return taken !== undefined && isEmpty(taken) ? code : 1;
}

export function runRole<Config extends ProcessConfig>(role: Role<Config>): void {
  start(role, process.env).catch((error: unknown) => endProcess(fail(error)));
}

async function start<Config extends ProcessConfig>(
  { role, readConfig, start: startRole }: Role<Config>,
  environment: Environment,
): Promise<void> {
  for (const name of unknownRoleSettings(role, environment)) {
    say(`fairlead: there is no setting ${name} for role ${role}`);
  }
  const config = readConfig(environment);
  const closers = startClosers();
  const proof = proofBook();
  let busyWith = (): string => "starting";
  const signal = onEndSignals({
    drain: () => {
      say(`fairlead: ${config.process} drains (${busyWith()})`);
      return within(closers.closeAll(), config.drainPatienceMs + drainGraceMs)
        .then(() => 0, fail)
        .then((code) => prove(code, { role, config, proof }));
    },
    say,
    end: endProcess,
    exit: (code) => process.exit(code),
    nowMs: () => performance.now(),
  });
  process.on("SIGTERM", signal);
  process.on("SIGINT", signal);
  try {
    const started = await startRole({ config, closers, proof });
    busyWith = started.busyWith;
    console.log(readyLine(role, config, started));
  } catch (error) {
    await closers.closeAll().catch(() => undefined);
    throw error;
  }
}
