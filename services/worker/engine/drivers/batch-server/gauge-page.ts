// A page of gauges in Prometheus' text format, read for a few of them. Over several engines of one server they add up.

import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";

export class GaugePage {
  readonly #lines: readonly string[];

  constructor(text: string) {
    this.#lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  }

  /** Undefined: there is none of that name. */
  sum(name: string): number | undefined {
    let sum: number | undefined;
    for (const line of this.#of(name)) {
      const value = Number(line.slice(line.lastIndexOf(" ") + 1));
      if (!Number.isFinite(value)) throw new EngineFault("malformed", `${name} is no number`);
      sum = (sum ?? 0) + value;
    }
    return sum;
  }

  required(name: string): number {
    const value = this.sum(name);
    if (value === undefined) throw new EngineFault("malformed", `its metrics lack ${name}`);
    return value;
  }

  /** Of an info gauge: its value is in a label. Servers write what is not set as `None`. */
  wholeLabel(name: string, label: string): number | undefined {
    for (const line of this.#of(name)) {
      const [, text] = new RegExp(`[{,]${label}="(\\d+)"`).exec(line) ?? [];
      if (text !== undefined) return Number(text);
    }
    return undefined;
  }

  #of(name: string): readonly string[] {
    return this.#lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  }
}
