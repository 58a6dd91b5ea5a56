// A call's query parameters, typed. What is not asked for by a route is an error too: a misspelt filter would
// answer for everything.

import { AdminError } from "./admin-reply.ts";

export class Query {
  readonly #given: URLSearchParams;

  constructor(given: URLSearchParams) {
    this.#given = given;
  }

  word(name: string): string | undefined {
    const values = this.#given.getAll(name);
    if (values.length > 1) throw wrong(name, "given once");
    const [value] = values;
    if (value === undefined) return undefined;
    if (!/^[A-Za-z0-9._:-]{1,128}$/.test(value))
      throw wrong(name, "1 to 128 of A-Z, a-z, 0-9, . _ : -");
    return value;
  }

  count(
    name: string,
    { fallback, max }: { readonly fallback: number; readonly max: number },
  ): number {
    const value = this.word(name);
    if (value === undefined) return fallback;
    const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
    if (count < 1 || count > max) throw wrong(name, `a whole number from 1 to ${max}`);
    return count;
  }

  /** Epoch milliseconds, or an ISO date. */
  moment(name: string): number | undefined {
    const value = this.word(name);
    if (value === undefined) return undefined;
    const epochMs = /^\d{1,15}$/.test(value) ? Number(value) : Date.parse(value);
    if (Number.isNaN(epochMs))
      throw wrong(name, "a time such as 2026-01-31T12:00:00Z, or epoch milliseconds");
    return epochMs;
  }

  durationMs(name: string, fallbackMs: number): number {
    const value = this.word(name);
    if (value === undefined) return fallbackMs;
    const [, count, unit = "ms"] = /^(\d{1,9})(ms|s|m)?$/.exec(value) ?? [];
    const factor = unit === "m" ? 60_000 : unit === "s" ? 1000 : 1;
    const durationMs = Number(count) * factor;
    if (!(durationMs <= 3_600_000))
      throw wrong(name, "a duration up to an hour, such as 500ms, 30s or 5m");
    return durationMs;
  }

  refuseOthers(names: readonly string[]): void {
    for (const name of this.#given.keys()) {
      if (names.includes(name)) continue;
      const choices = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
      throw new AdminError(
        "bad_parameter",
        `There is no parameter ${JSON.stringify(name)} here; ${choices}.`,
      );
    }
  }
}

const wrong = (name: string, expected: string): AdminError =>
  new AdminError("bad_parameter", `${name}: expected ${expected}.`);
