// What the engines of a process are told beside their fleet entries; of simulated ones: for benchmarks, tests and chaos.

import type { EnvironmentReader } from "#shared/config/environment.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { AdapterFault } from "#shared/model/simulated-engine.ts";
import type { GpuSources } from "#services/worker/gpu/gpu-watch.ts";
import { gpuSourcesDefault } from "#services/worker/gpu/gpu-watch.ts";

export interface EngineSettings {
  /** Multiplies every engine's own time scale: how much slower than its table it steps. */
  readonly engineTimeScale: number;
  /** A prompt with this text in it crashes the engine. Absent, as it is wherever nobody asks for harm: none does. */
  readonly engineCrashText?: string;
  /** A prompt with this text and a fault's name behind it brings that fault. */
  readonly engineFaultText?: string;
  /** What is wrong with certain adapters on simulated engines. */
  readonly engineAdapterFaults?: readonly AdapterFault[];
  /** Of each engine that computes inside the process. */
  readonly engineThreads: number;
  /** Where GPUs under real engines are read. */
  readonly gpuSources: GpuSources;
}

export function engineSettings(read: EnvironmentReader): EngineSettings {
  const percent = { fallback: 100, min: 1, max: 100_000 };
  const engineTimeScale = read.integer("FAIRLEAD_ENGINE_TIME_SCALE_PERCENT", percent) / 100;
  const engineCrashText = read.optionalText("FAIRLEAD_ENGINE_CRASH_TEXT");
  const engineFaultText = read.optionalText("FAIRLEAD_ENGINE_FAULT_TEXT");
  // One: where cores are shared with others, llama.cpp's threads wait for each other and it collapses.
  const engineThreads = read.integer("FAIRLEAD_ENGINE_THREADS", { fallback: 1, min: 1, max: 512 });
  const gpuSources = {
    smiProgram: read.text("FAIRLEAD_NVIDIA_SMI", gpuSourcesDefault.smiProgram),
    kernelLog: read.text("FAIRLEAD_KERNEL_LOG", gpuSourcesDefault.kernelLog),
    everyMs: read.durationMs("FAIRLEAD_GPU_READ_EVERY", gpuSourcesDefault.everyMs),
  };
  const engineAdapterFaults = adapterFaults(read);
  return {
    engineTimeScale,
    engineThreads,
    gpuSources,
    ...(engineCrashText === undefined ? {} : { engineCrashText }),
    ...(engineFaultText === undefined ? {} : { engineFaultText }),
    ...(engineAdapterFaults.length === 0 ? {} : { engineAdapterFaults }),
  };
}

const faultForm = "[0-9a-f]{64}=(prefill|error|nan):\\d{1,4}(\\.\\d{1,2})?";
const faultsForm = new RegExp(`^${faultForm}( ${faultForm})*$`);

/** `DIGEST=prefill:2.5 DIGEST=error:3 DIGEST=nan:50`: a factor, or percent of its requests. */
function adapterFaults(read: EnvironmentReader): readonly AdapterFault[] {
  const name = "FAIRLEAD_ENGINE_ADAPTER_FAULTS";
  if (read.optionalText(name) === undefined) return [];
  const text = read.matching(
    name,
    faultsForm,
    "DIGEST=prefill:FACTOR, =error:PERCENT, =nan:PERCENT",
  );
  return text.split(" ").flatMap((one) => {
    const [digest = "", kind, amount] = one.split(/[=:]/);
    if (amount === undefined) return [];
    const field =
      kind === "prefill" ? "prefillFactor" : kind === "error" ? "errorPercent" : "nanPercent";
    return [{ digest: digest as AdapterDigest, [field]: Number(amount) }];
  });
}
