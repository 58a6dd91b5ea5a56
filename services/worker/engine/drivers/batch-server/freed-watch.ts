// Whether a server has let go of what was taken back: its own gauges must fit what this driver has open. While anything
// is being taken back nothing new is begun, so the two can be compared.

import type { Gauges } from "./dialect.ts";

export interface FreedWatchPorts {
  readonly gauges: () => Promise<Gauges>;
  /** What the server may rightly count as running or waiting. */
  readonly openCount: () => number;
  /** It should have let go by now. Told at each look, until it has. */
  readonly onLate: () => void;
}

const firstPauseMs = 2;
const pauseMsMax = 100;
/** I15: a cancelled sequence's slot is free within a second. */
const lateMs = 1_000;

export class FreedWatch {
  readonly #ports: FreedWatchPorts;
  readonly #waiting: (() => void)[] = [];
  #isLooking = false;
  #isClosed = false;

  constructor(ports: FreedWatchPorts) {
    this.#ports = ports;
  }

  /** Resolves when its gauges fit; never, when the watch is closed first. */
  untilFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isLooking) void this.#look();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    let pauseMs = firstPauseMs;
    let lookedMs = 0;
    while (this.#waiting.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (this.#isClosed) return;
      const asked = this.#waiting.length;
      if (await this.#fits()) {
        for (const resolve of this.#waiting.splice(0, asked)) resolve();
        pauseMs = firstPauseMs;
        lookedMs = 0;
        continue;
      }
      lookedMs += pauseMs;
      if (lookedMs >= lateMs) this.#ports.onLate();
      pauseMs = Math.min(pauseMs * 2, pauseMsMax);
    }
    this.#isLooking = false;
  }

  async #fits(): Promise<boolean> {
    try {
      const { running, waiting } = await this.#ports.gauges();
      return running + waiting <= this.#ports.openCount();
    } catch {
      // A server that does not answer holds on to it, as far as is known.
      return false;
    }
  }
}
