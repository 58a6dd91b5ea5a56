// A call's query parameters, typed. What is not asked for by a route is an error too: a misspelt filter would
// answer for everything.

import type { ChainPlace } from "#shared/ledger/audit/audit-chain.ts";
import type { UsagePlace } from "#shared/ledger/ledger.ts";
import { readMoment, readMomentOrAgo } from "#shared/model/moment.ts";
import { AdminError } from "./admin-reply.ts";

export class Query {
  readonly #given: URLSearchParams;

  constructor(given: URLSearchParams) {
    this.#given = given;
  }

  word(name: string): string | undefined {
    const value = this.#only(name);
    if (value !== undefined && !/^[A-Za-z0-9._:-]{1,128}$/.test(value))
      throw wrong(name, "1 to 128 of A-Z, a-z, 0-9, . _ : -");
    return value;
  }

  /** Words with spaces between them. */
  text(name: string): string | undefined {
    const value = this.#only(name);
    if (value !== undefined && !/^[^\p{Cc}\p{Cs}]{1,128}$/u.test(value))
      throw wrong(name, "1 to 128 characters that can be printed");
    return value;
  }

  /** `SEQ:HASH`, as a verification of the audit ends with it. */
  chainPlace(name: string): ChainPlace | undefined {
    const value = this.#only(name);
    if (value === undefined) return undefined;
    const [, seq, hash = ""] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(value) ?? [];
    if (seq === undefined) throw wrong(name, "SEQ:HASH, as a verification ended with it");
    return { seq: Number(seq), hash };
  }

  /** As a page of records ends with it. */
  usagePlace(name: string): UsagePlace | undefined {
    const value = this.#only(name);
    if (value === undefined) return undefined;
    const place = /^[\w-]{1,1024}$/.test(value) ? placeIn(value) : undefined;
    if (place === undefined) throw wrong(name, "what the page before ended with");
    return place;
  }

  /** A model's name, or an adapter's behind it. */
  target(name: string): string {
    const value = this.#only(name) ?? "";
    if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(:[A-Za-z0-9._-]{1,63})?$/.test(value))
      throw wrong(name, "MODEL or MODEL:ADAPTER");
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

  /** `true` or not at all. */
  flag(name: string): boolean {
    const value = this.word(name);
    if (value !== undefined && value !== "true") throw wrong(name, "true, or nothing");
    return value !== undefined;
  }

  /** One that has no default: what was not said is not guessed. */
  wantedCount(name: string, max: number): number {
    if (this.word(name) === undefined) throw wrong(name, `a whole number from 1 to ${max}`);
    return this.count(name, { fallback: max, max });
  }

  /** Epoch milliseconds, an ISO date or time (without a zone it is UTC), or so long ago. */
  moment(name: string): number | undefined {
    const value = this.#only(name);
    if (value === undefined) return undefined;
    const epochMs = readMomentOrAgo(value, Date.now());
    if (Number.isNaN(epochMs)) throw wrong(name, `${aTime}, or so long ago: 24h, 7d`);
    return epochMs;
  }

  durationMs(name: string, fallbackMs: number): number {
    const value = this.#only(name);
    if (value === undefined) return fallbackMs;
    const [, count, unit = ""] = /^(\d{1,9})(ms|s|m)$/.exec(value) ?? [];
    const durationMs = Number(count) * (unitsMs.get(unit) ?? Number.NaN);
    if (!(durationMs <= 3_600_000))
      throw wrong(name, "a duration up to an hour with its unit, such as 500ms, 60s or 2m");
    return durationMs;
  }

  /** Up to so long a time, days and hours too. */
  spanMs(
    name: string,
    { fallbackMs, maxMs }: { readonly fallbackMs: number; readonly maxMs: number },
  ): number {
    const value = this.#only(name);
    const spanMs = value === undefined ? fallbackMs : parseSpan(value);
    if (!(spanMs <= maxMs)) {
      throw wrong(
        name,
        `a time up to ${maxMs / 86_400_000}d with its unit, such as 30m, 24h or 7d`,
      );
    }
    return spanMs;
  }

  /** A moment, or a time from now. */
  momentOrSpan(name: string, nowEpochMs: number): number | undefined {
    const spanMs = parseSpan(this.#given.get(name) ?? "");
    if (!Number.isNaN(spanMs)) return nowEpochMs + spanMs;
    const value = this.#only(name);
    const epochMs = value === undefined ? undefined : readMoment(value);
    if (epochMs !== undefined && Number.isNaN(epochMs)) {
      throw wrong(name, `${aTime}, or a time from now: 24h, 30d`);
    }
    return epochMs;
  }

  /** Of words with commas between them. */
  list(
    name: string,
    { form, max, of }: { readonly form: RegExp; readonly max: number; readonly of: string },
  ): readonly string[] | undefined {
    const words = this.#only(name)?.split(",");
    if (words === undefined) return undefined;
    if (words.length > max || !words.every((word) => form.test(word))) {
      throw wrong(name, `1 to ${max} of ${of}, with commas between them`);
    }
    return words;
  }

  #only(name: string): string | undefined {
    const values = this.#given.getAll(name);
    if (values.length > 1) throw wrong(name, "given once");
    return values[0];
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

/** No meaning outside: it may come to say more. */
export const usagePlaceText = ({ arrivedAtEpochMs, tenant, requestId }: UsagePlace): string =>
  Buffer.from(JSON.stringify([arrivedAtEpochMs, tenant, requestId])).toString("base64url");

function placeIn(text: string): UsagePlace | undefined {
  try {
    const told: unknown = JSON.parse(Buffer.from(text, "base64url").toString());
    if (!Array.isArray(told) || told.length !== 3) return undefined;
    const [arrivedAtEpochMs, tenant, requestId] = told as unknown[];
    return typeof arrivedAtEpochMs === "number" &&
      typeof tenant === "string" &&
      typeof requestId === "string" &&
      !`${tenant}${requestId}`.includes("\0")
      ? { arrivedAtEpochMs, tenant, requestId }
      : undefined;
  } catch {
    return undefined;
  }
}

const unitsMs: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
]);

/** Not a number: no such time. */
function parseSpan(text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * (spansMs.get(unit) ?? Number.NaN);
}

const spansMs: ReadonlyMap<string, number> = new Map([
  ...unitsMs,
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const aTime =
  "a time such as 2026-01-31, 2026-01-31T12:00:00Z or 2026-01-31T12:00:00+02:00, epoch milliseconds";

const wrong = (name: string, expected: string): AdminError =>
  new AdminError("bad_parameter", `${name}: expected ${expected}.`);
