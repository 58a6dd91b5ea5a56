// How long an account takes from being handed in to being readable in the ledger: samples, looked for every few milliseconds.

import { setTimeout as sleep } from "node:timers/promises";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { percentile } from "#loadtest/load/percentile.ts";

export interface Sample {
  readonly requestId: string;
  readonly tenant: string;
  readonly atMs: number;
}

export interface Lag {
  readonly atMs: number;
  readonly lagMs: number;
}

const lookEveryMs = 20;

export class LagWatch {
  readonly #sql: Sql;
  readonly #waiting = new Map<string, Sample>();
  readonly seen: Lag[] = [];
  #isOver = false;

  constructor(sql: Sql) {
    this.#sql = sql;
    void this.#look();
  }

  add(sample: Sample): void {
    this.#waiting.set(sample.requestId, sample);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  stop(): void {
    this.#isOver = true;
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      await sleep(lookEveryMs);
      if (this.#waiting.size === 0) continue;
      // While the database is away nothing is readable.
      const rows = await this.#find().catch(() => []);
      const nowMs = Date.now();
      for (const row of rows) {
        const sample = this.#waiting.get(String(row["request_id"]));
        if (sample === undefined) continue;
        this.#waiting.delete(sample.requestId);
        this.seen.push({ atMs: sample.atMs, lagMs: nowMs - sample.atMs });
      }
    }
  }

  #find() {
    const wanted = [...this.#waiting.values()].map(({ tenant, requestId }) => ({
      tenant,
      request_id: requestId,
    }));
    return this.#sql.query(
      `select usage.request_id from jsonb_to_recordset($1::text::jsonb) as wanted(tenant text, request_id text)
       join usage on usage.tenant = wanted.tenant and usage.request_id = wanted.request_id
       where usage.is_final`,
      [JSON.stringify(wanted)],
    );
  }
}

/** Zero for none. */
export function lagMsAt(lags: readonly Lag[], share: number): number {
  const sorted = lags.map(({ lagMs }) => lagMs).toSorted((a, b) => a - b);
  return sorted.length === 0 ? 0 : Math.round(percentile(sorted, share));
}
