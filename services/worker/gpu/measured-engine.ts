// A real engine with its GPUs measured: what its driver says goes through here to the worker, GPU time with what the GPUs and the
// model's shape add to it. A GPU that fails ends the engine's life as an `ecc` does, and nothing of it is heard again
// before the GPU is well.

import type { Address } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { EngineCrashed } from "#shared/messages/engine-crash.ts";
import type { FromEngine, GpuTime } from "#shared/messages/from-engine.ts";
import type { PeakRates } from "#shared/messages/gpu-reading.ts";
import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { ServedModelShape } from "#shared/model/served-model-shape.ts";
import type { EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";
import type { HealthFault } from "./gpu-health.ts";
import type { GpuSources } from "./gpu-watch.ts";
import { GpuWatch, smiReadings } from "./gpu-watch.ts";
import { modelFlops } from "./model-flops.ts";
import { gpuNamed, peakRates } from "./peak-rates.ts";
import { ServedWork } from "./served-work.ts";

type EngineHost = Pick<Host, "send" | "nowMs">;

export interface MeasuredEnginePorts {
  readonly host: EngineHost;
  readonly worker: WorkerId;
  readonly sources: GpuSources;
  readonly spec: MeasuredSpec;
  readonly onNote: (record: NoteRecord) => void;
  /** The driver, with the host that it is to speak to. */
  readonly driver: (host: EngineHost) => EngineDevice;
}

export interface MeasuredSpec {
  readonly gpus: number;
  readonly gpuIds?: readonly string[];
  readonly modelShape?: ServedModelShape;
}

/** As the simulated engine has it: a GPU is reset first. */
const restartGuessMs = 20_000;

export function measuredEngine(ports: MeasuredEnginePorts): EngineDevice {
  const engine = new MeasuredEngine(ports);
  const { opened } = engine.driver;
  return {
    device: (to, from, message) => engine.hear(to, from, message as ToEngine),
    missing: () => engine.missing,
    close: () => engine.close(),
    ...(opened === undefined ? {} : { opened }),
  };
}

class MeasuredEngine {
  readonly driver: EngineDevice;
  readonly #ports: MeasuredEnginePorts;
  readonly #self: Address;
  /** Undefined: its operator says that it has none. */
  readonly #watch: GpuWatch | undefined;
  #work: ServedWork | undefined;
  #isClosed = false;

  constructor(ports: MeasuredEnginePorts) {
    const { host, worker, sources, spec } = ports;
    this.#ports = ports;
    this.#self = engineAddress(worker);
    const send: EngineHost["send"] = (from, to, message) =>
      this.#say(from, to, message as FromEngine | EngineCrashed);
    this.driver = ports.driver({ nowMs: () => host.nowMs(), send });
    const { gpuIds = [] } = spec;
    if (spec.gpuIds?.length === 0) return;
    this.#watch = new GpuWatch({
      sources,
      ids: gpuIds,
      gpus: spec.gpus,
      nowMs: () => host.nowMs(),
      onFault: (fault) => this.#failed(fault),
      onXid: (xid, gpu) => this.#note("gpu.xid", { xid: String(xid), gpu: String(gpu) }),
      onMeasured: (why) =>
        why === undefined
          ? this.#note("gpu.measured", {})
          : this.#note("gpu.not-measured", { why }),
      onNoXids: (why) => this.#note("gpu.no-xids", { why }),
    });
  }

  get missing(): string | undefined {
    return this.#lasting?.why ?? this.driver.missing();
  }

  get #lasting(): HealthFault | undefined {
    return this.#watch?.lasting;
  }

  hear(to: Address, from: Address, message: ToEngine): void {
    // Asked for again each half second, until the GPU is well.
    if (message.kind === "boot" && this.#lasting !== undefined) return;
    if (message.kind === "run") this.#work?.run(message);
    this.driver.device(to, from, message);
  }

  close(): void {
    this.#isClosed = true;
    this.#watch?.stop();
    this.driver.close();
  }

  #say(from: Address, to: Address, message: FromEngine | EngineCrashed): ReturnType<Host["send"]> {
    if (this.#lasting !== undefined) return "accepted";
    const { host } = this.#ports;
    if (message.kind === "engine-up") this.#work = this.#newWork();
    if (message.kind === "gpu-time") return host.send(from, to, this.#measured(message));
    if (message.kind !== "engine-crashed") this.#work?.heard(message);
    return host.send(from, to, message);
  }

  #newWork(): ServedWork | undefined {
    const { modelShape } = this.#ports.spec;
    return modelShape === undefined ? undefined : new ServedWork(modelFlops(modelShape));
  }

  #measured(time: GpuTime): GpuTime {
    const gpus = this.#watch?.gpus ?? [];
    const worked = this.#work?.addTo(time, this.#peak()) ?? time;
    return gpus.length === 0 ? worked : { ...worked, readings: smiReadings(gpus) };
  }

  /** Of GPUs of one kind that is known, and not shared with others. */
  #peak(): PeakRates | undefined {
    const { spec } = this.#ports;
    const [first, ...others] = this.#watch?.gpus ?? [];
    if (first === undefined || spec.modelShape === undefined || first.isPartitioned)
      return undefined;
    const isMixed = others.some(({ name }) => name !== first.name);
    const gpu = isMixed ? undefined : gpuNamed(first.name);
    return gpu === undefined ? undefined : peakRates(gpu, spec.modelShape.arithmetic, spec.gpus);
  }

  #failed({ fault, why }: HealthFault): void {
    if (this.#isClosed) return;
    const { worker, host } = this.#ports;
    // Everything that it has open goes; what it will say is of its next life.
    this.driver.device(this.#self, workerAddress(worker), { kind: "reset" });
    this.#work = undefined;
    const crashed: EngineCrashed = {
      kind: "engine-crashed",
      reason: why,
      fault,
      restartMs: restartGuessMs,
    };
    host.send(this.#self, workerAddress(worker), crashed);
  }

  #note(event: string, fields: NoteRecord["fields"]): void {
    const { worker, host, onNote } = this.#ports;
    onNote({
      kind: "note",
      event,
      fields: { worker, ...fields },
      actor: this.#self,
      nowMs: host.nowMs(),
    });
  }
}
