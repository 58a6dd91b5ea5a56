// Looks at the GPUs under one engine each five seconds: nvidia-smi for what they are and do, the kernel log for their XIDs. Keeps
// the last reading while it is fresh and says what is wrong once. Never two questions at a time, and none is waited for for ever.

import type { GpuReading } from "#shared/messages/gpu-reading.ts";
import type { GpuHealth, HealthFault } from "./gpu-health.ts";
import { judgeAnswer, judgeXid, wellSoFar } from "./gpu-health.ts";
import { KernelLog } from "./kernel-log.ts";
import type { SmiAnswer } from "./nvidia-smi.ts";
import { NvidiaSmi } from "./nvidia-smi.ts";
import type { SmiGpu } from "./smi-row.ts";
import type { GpuPlace } from "./xid-line.ts";
import { placeOfBusId, xidOf } from "./xid-line.ts";

export interface GpuSources {
  /** nvidia-smi: a path, or a name to be found. */
  readonly smiProgram: string;
  readonly kernelLog: string;
  /** Between two looks. */
  readonly everyMs: number;
}

export const gpuSourcesDefault: GpuSources = {
  smiProgram: "nvidia-smi",
  kernelLog: "/dev/kmsg",
  everyMs: 5_000,
};

export interface GpuWatchPorts {
  readonly sources: GpuSources;
  /** UUIDs or indices. Empty: all of the machine, if they are as many as the engine has. */
  readonly ids: readonly string[];
  readonly gpus: number;
  readonly nowMs: () => number;
  readonly onFault: (fault: HealthFault) => void;
  readonly onXid: (xid: number, gpu: number) => void;
  /** Why they are not measured; undefined: they are. Said when it changes. */
  readonly onMeasured: (why: string | undefined) => void;
  /** The kernel log cannot be read, or no more: no XID will be known. */
  readonly onNoXids: (why: string) => void;
}

/** A machine of eight GPUs whose driver has to be woken takes seconds. */
const deadlineMs = 4_000;
/** A program that is not there is not looked for so often. */
const absentTimes = 12;
/** A reading that was not renewed at so many looks in a row is none. */
const missesMax = 2;

export class GpuWatch {
  readonly #ports: GpuWatchPorts;
  readonly #everyMs: number;
  readonly #smi: NvidiaSmi;
  readonly #log: KernelLog;
  readonly #health: GpuHealth = wellSoFar();
  #gpus: readonly SmiGpu[] = [];
  #misses = 0;
  /** As they were last read: a GPU that is lost has XIDs too. */
  #places: readonly (GpuPlace | undefined)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #why: string | undefined = "not looked yet";

  constructor(ports: GpuWatchPorts) {
    const { sources, ids } = ports;
    this.#ports = ports;
    this.#everyMs = sources.everyMs;
    this.#log = new KernelLog(sources.kernelLog);
    this.#smi = new NvidiaSmi({
      program: sources.smiProgram,
      ids,
      deadlineMs,
    });
    void this.#begin();
  }

  /** What nothing may begin on. */
  get lasting(): HealthFault | undefined {
    return this.#health.lasting;
  }

  /** Those that were read lately. */
  get gpus(): readonly SmiGpu[] {
    return this.#gpus;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#smi.stop();
    void this.#log.close();
  }

  async #begin(): Promise<void> {
    const why = await this.#log.open();
    if (this.#isStopped) return this.#log.close();
    if (why !== undefined) this.#ports.onNoXids(why);
    await this.#look();
  }

  async #look(): Promise<void> {
    if (this.#isStopped) return;
    const answer = await this.#smi.ask().catch(unasked);
    if (this.#isStopped) return;
    await this.#hearLog();
    this.#take(this.#ofThisEngine(answer));
    const times = answer.kind === "absent" ? absentTimes : 1;
    this.#timer = setTimeout(() => void this.#look(), this.#everyMs * times).unref();
  }

  /** Without ids it may have told of GPUs of others. */
  #ofThisEngine(answer: SmiAnswer): SmiAnswer {
    const { ids, gpus: expected } = this.#ports;
    if (answer.kind !== "gpus" || answer.gpus.length === expected) return answer;
    const why = `the engine has ${expected} GPUs, and ${answer.gpus.length} are told`;
    return ids.length === 0
      ? { kind: "unreadable", why: `${why}: name its own in gpuIds` }
      : { kind: "unreachable", why };
  }

  #take(answer: SmiAnswer): void {
    const nowMs = this.#ports.nowMs();
    const isRead = answer.kind === "gpus";
    this.#misses = isRead ? 0 : this.#misses + 1;
    if (isRead) this.#gpus = answer.gpus;
    else if (this.#misses >= missesMax) this.#gpus = [];
    if (isRead) this.#placeGpus(answer.gpus);
    const why = isRead ? undefined : answer.why;
    if (why !== this.#why) this.#ports.onMeasured(why);
    this.#why = why;
    this.#tell(judgeAnswer(this.#health, answer, nowMs));
  }

  /** A lost one does not say where it is, and is where it was. */
  #placeGpus(gpus: readonly SmiGpu[]): void {
    this.#places = gpus.map(({ busId }, gpu) => placeOfBusId(busId) ?? this.#places[gpu]);
  }

  async #hearLog(): Promise<void> {
    for (const line of await this.#news()) {
      const told = xidOf(line);
      if (told === undefined) continue;
      const gpu = this.#places.indexOf(told.place);
      if (gpu < 0) continue;
      this.#ports.onXid(told.xid, gpu);
      this.#tell(judgeXid(this.#health, told.xid, this.#ports.nowMs()));
    }
  }

  async #news(): Promise<readonly string[]> {
    try {
      return await this.#log.news();
    } catch (error) {
      const why = `the kernel log cannot be read any more: ${messageOf(error)}`;
      if (!this.#isStopped) this.#ports.onNoXids(why);
      // From now on it has no news, and fails no more.
      await this.#log.close();
      return [];
    }
  }

  #tell(fault: HealthFault | undefined): void {
    if (fault !== undefined) this.#ports.onFault(fault);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Whatever went wrong with one look: the next is taken all the same. */
const unasked = (error: unknown): SmiAnswer => ({
  kind: "unreadable",
  why: `nvidia-smi cannot be asked: ${messageOf(error)}`,
});

/** As a worker is told of them. */
export const smiReadings = (gpus: readonly SmiGpu[]): readonly GpuReading[] =>
  gpus.map(({ name, figures }, gpu) => ({ gpu, name, source: "nvidia-smi", ...figures }));
