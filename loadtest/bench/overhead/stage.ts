// One stage of the comparison: the bare engine, nginx in front of it, and the embedded platform on an equal replica,
// each a process of its own, at one speed of the simulated GPU.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchFleet, narrowKey, replica, wideKey } from "./bench-fleet.ts";
import type { BenchProcess } from "./child-process.ts";
import { freePort, launch } from "./child-process.ts";
import { startNginx } from "./nginx-proxy.ts";
import type { Target } from "./target.ts";

export interface Stage {
  readonly bare: Target;
  readonly nginx: Target;
  readonly embedded: Target;
  /** The embedded platform, with the key of the tenant that queues. */
  readonly narrow: Target;
  readonly admin: string;
}

/** As `npm start` has them. */
const nodeSettings = ["--min-semi-space-size=16", "--max-semi-space-size=16"];

/** `timePercent`: 100 is the table's own speed, 10 ten times as fast. */
export async function onStage<Result>(
  timePercent: number,
  measure: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-bench-"));
  const processes: BenchProcess[] = [];
  try {
    return await measure(await raise(timePercent, folder, processes));
  } finally {
    for (const running of processes.toReversed()) await running.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function raise(
  timePercent: number,
  folder: string,
  processes: BenchProcess[],
): Promise<Stage> {
  const node = process.execPath;
  const start = async (launching: Promise<BenchProcess>): Promise<number> => {
    const started = await launching;
    processes.push(started);
    return started.pid;
  };
  const [barePort, nginxPort, httpPort, grpcPort, adminPort] = await Promise.all(
    Array.from({ length: 5 }, freePort),
  );
  if (barePort === undefined || nginxPort === undefined) throw new Error("no free ports");
  const engine = {
    port: barePort,
    profile: replica.profile,
    "time-scale": timePercent / 100,
    "sequences-max": replica.sequencesMax,
    "step-tokens-max": replica.stepTokensMax,
    "kv-blocks": replica.kvBlocks,
    model: "llama-3.1-8b",
  };
  const flags = Object.entries(engine).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const barePid = await start(
    launch({
      command: [node, "services/worker/engine/main.ts", ...flags],
      readyWord: "ready http",
    }),
  );
  const nginxPid = await start(startNginx({ listen: nginxPort, upstream: barePort }));
  const fleetFile = join(folder, "fleet.yaml");
  writeFileSync(fleetFile, benchFleet());
  const embeddedPid = await start(
    launch({
      command: [node, ...nodeSettings, "services/embedded/main.ts"],
      env: {
        FAIRLEAD_HTTP_PORT: String(httpPort),
        FAIRLEAD_GRPC_PORT: String(grpcPort),
        FAIRLEAD_ADMIN_PORT: String(adminPort),
        FAIRLEAD_DATA_DIRECTORY: join(folder, "data"),
        FAIRLEAD_FLEET_FILE: fleetFile,
        FAIRLEAD_DRAIN_PATIENCE: "1s",
        FAIRLEAD_ENGINE_TIME_SCALE_PERCENT: String(timePercent),
      },
      readyWord: "fairlead ready",
    }),
  );
  const at = (port: number | undefined): string => `http://127.0.0.1:${String(port)}`;
  const embedded: Target = { mode: "embedded", url: at(httpPort), key: wideKey, pid: embeddedPid };
  return {
    bare: { mode: "bare", url: at(barePort), key: "none", pid: barePid },
    nginx: { mode: "nginx", url: at(nginxPort), key: "none", pid: nginxPid },
    embedded,
    narrow: { ...embedded, key: narrowKey },
    admin: at(adminPort),
  };
}
