// The engines of this process that are no actors but real ones, reached over a socket or computing a model here: each a
// device at its worker's engine address. Simulated ones are actors, and exist when first addressed.

import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { engineAddress } from "#shared/messages/addresses.ts";
import type {
  EmbeddedEngineSpec,
  EngineServerSpec,
  EngineSpec,
  Fleet,
  WorkerSpec,
} from "#shared/model/fleet.ts";
import type { AdapterDigest, WorkerId } from "#shared/model/ids.ts";
import { tokenizerName } from "#shared/model/fleet.ts";
import type { Vocabularies, Vocabulary } from "#shared/model/tokenizer.ts";
import type { GpuSources } from "#services/worker/gpu/gpu-watch.ts";
import { measuredEngine } from "#services/worker/gpu/measured-engine.ts";
import { batchServerEngine } from "#services/worker/engine/drivers/batch-server/batch-server-engine.ts";
import { llamaCppEngine } from "#services/worker/engine/drivers/llama-cpp/llama-cpp-engine.ts";
import type { EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";
import { llamaServerEngine } from "#services/worker/engine/drivers/llama-server/llama-server-engine.ts";

export interface EngineDevicePorts {
  readonly host: Pick<Host, "attach" | "send" | "nowMs">;
  /** The newest desired state. */
  readonly fleet: () => Fleet;
  /** Which of its workers this process runs. */
  readonly runs: (worker: WorkerSpec) => boolean;
  /** Of each engine that computes here. */
  readonly engineThreads: number;
  /** Weights that no entry names. */
  readonly fetchAdapter?: (digest: AdapterDigest) => Promise<string | undefined>;
  readonly gpuSources: GpuSources;
  /** Of the models whose engines run here. */
  readonly vocabularies: Vocabularies;
  readonly onNote: (record: NoteRecord) => void;
}

export interface EngineDevices {
  /** At the start and at each change of the desired state: a worker that is new gets its device. */
  follow(): void;
  /** Engines that are not up, and why; in words. */
  missing(): readonly string[];
  /** Models that are computed here are open. Rejects with why one cannot be. */
  opened(): Promise<void>;
  close(): void;
}

export function engineDevices(ports: EngineDevicePorts): EngineDevices {
  const devices = new Map<WorkerId, EngineDevice>();
  return {
    follow() {
      for (const worker of ports.fleet().workers) {
        if (worker.engine.kind === "simulated" || devices.has(worker.id)) continue;
        if (!ports.runs(worker)) continue;
        const device = deviceOf(worker, ports);
        devices.set(worker.id, device);
        ports.host.attach(engineAddress(worker.id), device.device);
      }
    },
    missing: () =>
      [...devices].flatMap(([worker, device]) => {
        const why = device.missing();
        return why === undefined ? [] : [`the engine of ${worker} is not up: ${why}`];
      }),
    async opened() {
      for (const { opened } of devices.values()) await opened;
    },
    close() {
      for (const device of devices.values()) device.close();
    },
  };
}

function deviceOf({ id: worker, engine }: WorkerSpec, ports: EngineDevicePorts): EngineDevice {
  if (engine.kind === "simulated") return noDevice("a simulated engine is an actor");
  const { host, onNote, gpuSources: sources } = ports;
  const driver = (heard: DriverHost): EngineDevice =>
    driverOf({ id: worker, engine }, { ...ports, host: heard });
  return measuredEngine({ host, worker, sources, spec: engine, onNote, driver });
}

type DriverHost = Pick<Host, "send" | "nowMs">;

function driverOf(
  { id: worker, engine }: { readonly id: WorkerId; readonly engine: RealEngineSpec },
  ports: Omit<EngineDevicePorts, "host"> & { readonly host: DriverHost },
): EngineDevice {
  const { host, onNote, fleet } = ports;
  switch (engine.kind) {
    case "llama-server": {
      const spec = (): EngineServerSpec => specOf(fleet(), worker, engine.kind);
      const vocabulary = (): Vocabulary | undefined => vocabularyOf(worker, ports);
      return llamaServerEngine({ host, worker, onNote, spec, vocabulary });
    }
    case "vllm":
    case "sglang": {
      const spec = (): EngineServerSpec => specOf(fleet(), worker, engine.kind);
      return batchServerEngine({ host, worker, onNote, spec });
    }
    case "llama-cpp": {
      const spec = (): EmbeddedEngineSpec => specOf(fleet(), worker, engine.kind);
      const { engineThreads: threads, fetchAdapter } = ports;
      const fetch = fetchAdapter === undefined ? {} : { fetch: fetchAdapter };
      return llamaCppEngine({ host, worker, onNote, spec, threads, ...fetch });
    }
    default:
      return engine satisfies never;
  }
}

type RealEngineSpec = EngineServerSpec | EmbeddedEngineSpec;

/** Its worker waits for an engine that never comes up, and whoever asks is told why. */
const noDevice = (why: string): EngineDevice => ({
  device: () => undefined,
  missing: () => why,
  close: () => undefined,
});

/** Undefined: its tokenizer could not be loaded, and nobody is served by it. */
function vocabularyOf(
  worker: WorkerId,
  { fleet, vocabularies }: Pick<EngineDevicePorts, "fleet" | "vocabularies">,
): Vocabulary | undefined {
  const { workers, pools, models } = fleet();
  const pool = workers.find(({ id }) => id === worker)?.pool;
  const model = pools.find(({ id }) => id === pool)?.model;
  const choice = models.find(({ id }) => id === model)?.tokenizer;
  return choice === undefined ? undefined : vocabularies(tokenizerName(choice));
}

/** What its entry says now; its kind is the one that it had when its device was made. */
function specOf<Kind extends EngineSpec["kind"]>(
  { workers }: Fleet,
  worker: WorkerId,
  kind: Kind,
): Extract<EngineSpec, { readonly kind: Kind }> {
  const engine = workers.find(({ id }) => id === worker)?.engine;
  if (engine?.kind !== kind) {
    throw new Error(`the fleet has no worker ${worker} with a ${kind}: restart its process`);
  }
  return engine as Extract<EngineSpec, { readonly kind: Kind }>;
}
