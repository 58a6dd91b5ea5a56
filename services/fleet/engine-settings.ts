// What the engines of a process are told beside their fleet entries; of simulated ones: for benchmarks, tests and chaos.

import type { EnvironmentReader } from "#shared/config/environment.ts";
import type { GpuSources } from "#services/worker/gpu/gpu-watch.ts";
import { gpuSourcesDefault } from "#services/worker/gpu/gpu-watch.ts";

export interface EngineSettings {
  /** Multiplies every engine's own time scale: how much slower than its table it steps. */
  readonly engineTimeScale: number;
  /** A prompt with this text in it crashes the engine. Absent, as it is wherever nobody asks for harm: none does. */
  readonly engineCrashText?: string;
  /** A prompt with this text and a fault's name behind it brings that fault. */
  readonly engineFaultText?: string;
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
  return {
    engineTimeScale,
    engineThreads,
    gpuSources,
    ...(engineCrashText === undefined ? {} : { engineCrashText }),
    ...(engineFaultText === undefined ? {} : { engineFaultText }),
  };
}
