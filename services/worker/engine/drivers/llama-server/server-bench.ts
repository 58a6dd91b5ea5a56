// A llama-server's driver on a bench.

import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { Vocabulary } from "#shared/model/tokenizer.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { openBenchOf } from "#services/worker/engine/drivers/driver-bench.ts";
import { llamaServerEngine } from "./llama-server-engine.ts";
import type { WatchPatience } from "./server-watch.ts";

export interface ServerBenchWish {
  readonly spec: EngineServerSpec;
  readonly adapterSlots?: number;
  readonly patience?: WatchPatience;
  readonly vocabulary?: () => Vocabulary | undefined;
}

export const openServerBench = ({ spec, ...wish }: ServerBenchWish): DriverBench =>
  openBenchOf((ports) => llamaServerEngine({ ...ports, spec: () => spec, ...wish }));
