// Whether a server still computes: a token came out lately, or one comes when it is asked for. And whether what it
// computes are numbers: one that goes on after its logits were not is poisoned, and so is its cache.

import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { Gauges } from "./dialect.ts";

export interface HealthPorts {
  readonly gauges: () => Promise<Gauges>;
  readonly nowMs: () => number;
  /** Before this life. */
  readonly corruptedBefore: number;
  readonly isBusy: () => boolean;
  /** Without a token while it is busy. */
  readonly silentMs: number;
  /** Rejects if none came. */
  readonly sayOneToken: () => Promise<void>;
  /** At most once. */
  readonly onDead: (fault: EngineFault) => void;
}

const lookMs = 500;
/** An idle one is asked for a token. */
const idleMs = 15_000;

export class HealthWatch {
  readonly #ports: HealthPorts;
  #lastTokenAtMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #isAsking = false;

  constructor(ports: HealthPorts) {
    this.#ports = ports;
    this.#lastTokenAtMs = ports.nowMs();
  }

  begin(): void {
    this.#timer = setTimeout(() => void this.#lookAgain(), lookMs);
    this.#timer.unref();
  }

  async #lookAgain(): Promise<void> {
    await this.look();
    if (!this.#isOver) this.begin();
  }

  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Or began to wait for one. */
  sawToken(): void {
    this.#lastTokenAtMs = this.#ports.nowMs();
  }

  /** Now, for a doubt. */
  async look(): Promise<void> {
    const { gauges, nowMs, isBusy, silentMs } = this.#ports;
    try {
      const { corrupted } = await gauges();
      if (corrupted > this.#ports.corruptedBefore) {
        return this.#dead(new EngineFault("malformed", "its logits were not numbers"));
      }
    } catch (error) {
      return this.#dead(faultOf(error));
    }
    const quietMs = nowMs() - this.#lastTokenAtMs;
    if (isBusy() && quietMs > silentMs) {
      this.#dead(new EngineFault("silent", `no token came out of it in ${silentMs} ms`));
    } else if (!isBusy() && quietMs > idleMs) await this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#ports.sayOneToken();
      this.sawToken();
    } catch (error) {
      this.#dead(faultOf(error));
    }
    this.#isAsking = false;
  }

  #dead(fault: EngineFault): void {
    if (this.#isOver) return;
    this.end();
    this.#ports.onDead(fault);
  }
}
