// Whether a llama-server still lives. Health is that something moves: while sequences run, silence makes its compute loop
// answer for itself (`/slots` goes through it, `/health` does not); while nothing runs, it is asked now and then.

import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import { readLife } from "./probe.ts";
import { readSlots } from "./slot-watch.ts";

export interface WatchPatience {
  /** With sequences that should step: without a word for so long, it is asked. */
  readonly silenceMs: number;
  /** For the answer then: a batch of a long prompt may have to end first. */
  readonly answerMs: number;
  /** Without sequences it is asked so often. */
  readonly idleMs: number;
}

export const patienceDefault: WatchPatience = { silenceMs: 3_000, answerMs: 10_000, idleMs: 5_000 };

export interface WatchPorts {
  readonly url: string;
  readonly life: string;
  readonly patience: WatchPatience;
  readonly nowMs: () => number;
  /** Something runs that is not paused. */
  readonly isBusy: () => boolean;
  readonly onDead: (fault: EngineFault) => void;
}

export class ServerWatch {
  readonly #ports: WatchPorts;
  readonly #timer: NodeJS.Timeout;
  #heardAtMs: number;
  #asking: Promise<boolean> | undefined;

  constructor(ports: WatchPorts) {
    this.#ports = ports;
    this.#heardAtMs = ports.nowMs();
    const { silenceMs, idleMs } = ports.patience;
    this.#timer = setInterval(() => this.#look(), Math.min(silenceMs, idleMs) / 3);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** It said something. */
  heard(): void {
    this.#heardAtMs = this.#ports.nowMs();
  }

  /** Resolves with whether the same server still answers; `onDead` has been told if not. */
  ask(): Promise<boolean> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  #look(): void {
    const { patience, nowMs, isBusy } = this.#ports;
    const silentMs = nowMs() - this.#heardAtMs;
    if (silentMs >= (isBusy() ? patience.silenceMs : patience.idleMs)) void this.ask();
  }

  async #ask(): Promise<boolean> {
    const { url, life, patience, onDead } = this.#ports;
    try {
      await readSlots(url, patience.answerMs);
      if ((await readLife(url, patience.answerMs)) !== life) {
        throw new EngineFault("broken", "it was started again");
      }
      this.heard();
      return true;
    } catch (error) {
      onDead(faultOf(error));
      return false;
    }
  }
}
