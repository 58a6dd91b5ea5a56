// One stage of the comparison: the bare engine, nginx in front of it, and the embedded platform and the fleet on equal
// replicas, each in processes of its own, at one speed of the simulated GPU.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "#deploy/local/processes/free-ports.ts";
import { untilInterrupted } from "#loadtest/bench/interruption.ts";
import type { Replicas } from "./bench-fleet.ts";
import { benchFleet, narrowKey, oneReplica, replica, wideKey } from "./bench-fleet.ts";
import type { BenchProcess } from "./child-process.ts";
import { launch } from "./child-process.ts";
import { startCluster } from "./cluster.ts";
import { startNginx } from "./nginx-proxy.ts";
import type { Target } from "./target.ts";

/** The platform, embedded or as a fleet. */
export interface Platform {
  readonly target: Target;
  /** The same, with the key of the tenant that queues. */
  readonly narrow: Target;
  readonly admin: string;
}

export interface Stage {
  readonly bare: Target;
  readonly nginx: Target;
  readonly embedded: Platform;
  readonly cluster: Platform;
}

/** As many replicas as streams, so that no two tokens come from one step. */
export interface SpreadStage {
  readonly nginx: Target;
  readonly cluster: Platform;
}

export interface StageOptions {
  /** 100 is the table's own speed, 10 ten times as fast. */
  readonly timePercent: number;
  /** Of node, for each process of the fleet. */
  readonly nodeArgs: readonly string[];
}

interface Raising extends StageOptions {
  readonly folder: string;
  readonly fleetFile: string;
  /** In the order in which things were started; they end in the reverse one. */
  readonly ends: (() => Promise<unknown>)[];
}

/** As `npm start` has them. */
const nodeSettings = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

export const onStage = <Result>(
  options: StageOptions,
  measure: (stage: Stage) => Promise<Result>,
): Promise<Result> =>
  raised(options, oneReplica, async (raising) => {
    const bare = await raiseBare(raising);
    const nginx = await raiseNginx(raising, [bare.port]);
    const embedded = await raiseEmbedded(raising);
    const cluster = await raiseCluster(raising);
    return measure({ bare: bare.target, nginx, embedded, cluster });
  });

export const onSpreadStage = <Result>(
  options: StageOptions,
  replicas: number,
  measure: (stage: SpreadStage) => Promise<Result>,
): Promise<Result> =>
  raised(options, { count: replicas, sequencesMax: 1 }, async (raising) => {
    const ports = await freePorts(replicas);
    const engines = new URL("./engines-main.ts", import.meta.url).pathname;
    const command = [process.execPath, engines, `${options.timePercent}`, ...ports.map(String)];
    await started(raising, launch({ command, readyWord: "ready" }));
    const nginx = await raiseNginx(raising, ports);
    const cluster = await raiseCluster(raising);
    return measure({ nginx, cluster });
  });

/** The embedded platform alone. */
export const onEmbeddedStage = <Result>(
  options: StageOptions,
  measure: (embedded: Platform) => Promise<Result>,
): Promise<Result> =>
  raised(options, oneReplica, async (raising) => measure(await raiseEmbedded(raising)));

/** A fleet alone, with all its replicas on one worker host. */
export const onFleetStage = <Result>(
  options: StageOptions,
  replicas: Replicas,
  measure: (fleet: Platform) => Promise<Result>,
): Promise<Result> =>
  raised(options, replicas, async (raising) => measure(await raiseCluster(raising)));

async function raised<Result>(
  options: StageOptions,
  replicas: Replicas,
  measure: (raising: Raising) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, benchFleet(replicas));
  const ends: Raising["ends"] = [];
  try {
    return await untilInterrupted(() => measure({ ...options, folder, fleetFile, ends }));
  } finally {
    for (const end of ends.toReversed()) await end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function started({ ends }: Raising, launching: Promise<BenchProcess>): Promise<number> {
  const running = await launching;
  ends.push(() => running.stop());
  return running.pid;
}

async function raiseBare(
  raising: Raising,
): Promise<{ readonly port: number; readonly target: Target }> {
  const [port = 0] = await freePorts(1);
  const engine = {
    port,
    profile: replica.profile,
    "time-scale": raising.timePercent / 100,
    "sequences-max": replica.sequencesMax,
    "step-tokens-max": replica.stepTokensMax,
    "kv-blocks": replica.kvBlocks,
    model: "llama-3.1-8b",
  };
  const flags = Object.entries(engine).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const command = [process.execPath, "services/worker/engine/main.ts", ...flags];
  const pid = await started(raising, launch({ command, readyWord: "ready http" }));
  return { port, target: { mode: "bare", url: at(port), key: "none", parts: { whole: [pid] } } };
}

async function raiseNginx(raising: Raising, upstreams: readonly number[]): Promise<Target> {
  const [listen = 0] = await freePorts(1);
  const pid = await started(raising, startNginx({ folder: raising.folder, listen, upstreams }));
  return { mode: "nginx", url: at(listen), key: "none", parts: { whole: [pid] } };
}

async function raiseEmbedded(raising: Raising): Promise<Platform> {
  const { timePercent, folder, fleetFile } = raising;
  const [http = 0, grpc = 0, admin = 0] = await freePorts(3);
  const pid = await started(
    raising,
    launch({
      command: [process.execPath, ...nodeSettings, "services/embedded/main.ts"],
      env: {
        FAIRLEAD_HTTP_PORT: String(http),
        FAIRLEAD_GRPC_PORT: String(grpc),
        FAIRLEAD_ADMIN_PORT: String(admin),
        FAIRLEAD_DATA_DIRECTORY: join(folder, "data"),
        FAIRLEAD_FLEET_FILE: fleetFile,
        FAIRLEAD_DRAIN_PATIENCE: "1s",
        FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: String(timePercent),
      },
      readyWord: "fairlead ready",
    }),
  );
  const parts = { whole: [pid] };
  return platform({ mode: "embedded", url: at(http), key: wideKey, parts }, at(admin));
}

async function raiseCluster(raising: Raising): Promise<Platform> {
  const { url, admin, parts } = await startCluster(raising);
  return platform({ mode: "cluster", url, key: wideKey, parts }, admin);
}

const platform = (target: Target, admin: string): Platform => ({
  target,
  narrow: { ...target, key: narrowKey },
  admin,
});

const at = (port: number): string => `http://127.0.0.1:${port}`;
