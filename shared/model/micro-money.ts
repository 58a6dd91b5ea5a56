// Money as whole millionths of a currency: exact, never a float. Law: parts of a sum add up to the sum, whatever is rounded.

const decimal = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/;

/** Of a decimal as text, or a whole number; undefined: it is none, or finer than a millionth. */
export function readMicros(value: unknown): bigint | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string") return undefined;
  const [, sign, whole = "", places = ""] = decimal.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const micros = BigInt(whole) * 1_000_000n + BigInt(places.padEnd(6, "0"));
  return sign === "-" ? -micros : micros;
}

export function microsText(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const places = (size % 1_000_000n).toString().padStart(6, "0");
  return `${micros < 0n ? "-" : ""}${size / 1_000_000n}.${places}`;
}

const usPerHour = 3_600_000_000n;

/** Prices parts of a GPU time one after the other: rounded is the running sum, so the parts add up to the price of all. */
export class RunningPrice {
  readonly #microsPerHour: bigint;
  #us = 0n;
  #micros = 0n;

  constructor(microsPerGpuHour: string) {
    this.#microsPerHour = BigInt(microsPerGpuHour);
  }

  next(gpuUs: number): bigint {
    this.#us += BigInt(gpuUs);
    const until = (this.#us * this.#microsPerHour + usPerHour / 2n) / usPerHour;
    const part = until - this.#micros;
    this.#micros = until;
    return part;
  }
}
