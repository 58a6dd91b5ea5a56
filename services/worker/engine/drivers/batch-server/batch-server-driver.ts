// The driver of a server that batches by itself, as the device at `engine/<worker>`: what a worker asks of any engine,
// asked of vLLM or SGLang. Laws: nothing waits inside the server; no end is told before the server has let go; whatever
// the server does, the worker hears of a crash or of an end, never of nothing.

import type { FromEngine } from "#shared/messages/from-engine.ts";
import type { EngineCrashed } from "#shared/messages/engine-crash.ts";
import type { Boot, EngineReset, ToEngine } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type { Dialect } from "./dialect.ts";
import { openServer } from "./open-server.ts";
import { ServerLife } from "./server-life.ts";

export interface BatchServerPorts {
  /** Asked at each life. */
  readonly spec: () => EngineServerSpec;
  readonly dialect: (spec: EngineServerSpec) => Dialect;
  readonly nowMs: () => number;
  readonly tell: (message: FromEngine | EngineCrashed) => void;
  /** How long it may have something to do and bring no token. Absent: 10 s. */
  readonly silentMs?: number;
  /** For an operator's eyes. */
  readonly note: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/** Between two tries to reach a server that is not up. */
const againMs = 1_000;

export class BatchServerDriver {
  readonly #ports: BatchServerPorts;
  #life: ServerLife | undefined;
  #why = "it was not asked yet";
  /** Grows with each try to begin a life: what an older one brings is late. */
  #tries = 0;
  #again: NodeJS.Timeout | undefined;

  constructor(ports: BatchServerPorts) {
    this.#ports = ports;
  }

  /** Why it is not up, for an operator; undefined: it is. */
  get missing(): string | undefined {
    return this.#life === undefined ? this.#why : undefined;
  }

  hear(message: ToEngine): void {
    if (message.kind === "boot" || message.kind === "reset") this.#begin();
    else if (this.#life !== undefined) command(this.#life, message);
    else if (message.kind === "stop") {
      const { sequence } = message;
      this.#ports.tell({ kind: "sequence-stopped", sequence, totals: nothingExecuted });
    }
  }

  /** Its process ends: nothing is told any more, and nothing goes on at the server. */
  close(): void {
    this.#tries++;
    clearTimeout(this.#again);
    this.#life?.end();
    this.#life = undefined;
  }

  #begin(): void {
    this.close();
    void this.#open(this.#tries);
  }

  async #open(tries: number): Promise<void> {
    const { spec: newestSpec, dialect: open, note } = this.#ports;
    try {
      const spec = newestSpec();
      const dialect = open(spec);
      const opened = await openServer({ spec, dialect });
      if (tries !== this.#tries) return;
      const { workerType, adapterSlots } = opened.profile;
      note("engine.found", { workerType, adapterSlots, priorities: opened.priorities });
      const onDead = (fault: EngineFault): void => this.#died(tries, fault);
      this.#life = new ServerLife({ ...this.#ports, ...opened, spec, dialect, onDead });
      this.#life.begin();
    } catch (error) {
      if (tries !== this.#tries) return;
      this.#notUp(faultOf(error).message);
      this.#again = setTimeout(() => void this.#open(tries), againMs);
    }
  }

  /** Noted once for each reason. */
  #notUp(why: string): void {
    if (why !== this.#why) this.#ports.note("engine.not-up", { why });
    this.#why = why;
  }

  #died(tries: number, { message }: EngineFault): void {
    if (tries !== this.#tries) return;
    this.close();
    this.#why = message;
    this.#ports.note("engine.crashed", { why: message });
    this.#ports.tell({ kind: "engine-crashed", reason: message, restartMs: againMs });
    void this.#open(this.#tries);
  }
}

function command(life: ServerLife, message: Exclude<ToEngine, Boot | EngineReset>): void {
  switch (message.kind) {
    case "run":
      return life.run(message);
    case "stop":
      return life.stop(message.sequence);
    case "pause":
      return life.pause(message.sequence);
    case "resume":
      return life.resume(message.sequence);
    case "load-adapter":
      return life.loadAdapter(message);
    case "tell-gpu-time":
      return life.tellGpuTime();
    case "timer-fired":
      return;
    default:
      return message satisfies never;
  }
}
