// A database with a fleet's usage in it, and a billing desk over it whose clock a test sets.

import assert from "node:assert/strict";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import type { BillingDesk, BillingFault } from "#shared/model/billing-desk.ts";
import { BillingError } from "#shared/model/billing-desk.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import { openBilling } from "./open-billing.ts";

export const prices = `
issuers: [{ id: FL, name: "Example Inference", address: "1 Quay <Road>" }]
accounts:
  - { tenant: "*", currency: USD }
  - { tenant: acme, currency: USD, stripeCustomer: cus_acme1 }
  - { tenant: euro, currency: EUR }
books:
  - id: list-2026
    currency: USD
    effectiveFrom: 2026-01-01
    models: { "*": { input: "0.15", cachedInput: "0.075", output: "0.60" } }
    tiers: { enterprise: { multiplier: "0.8" } }
  - id: euro-2026
    currency: EUR
    effectiveFrom: 2026-01-01
    models: { "*": { input: "1", cachedInput: "0.5", output: "2" } }
`;

export type UsageWish = Partial<Omit<UsageRecord, "tenant" | "requestId">> & {
  readonly tenant?: string;
  readonly request: string;
  readonly at: string | number;
  readonly isOpen?: true;
};

export function usageOf({ request, at, isOpen, tenant = "acme", ...rest }: UsageWish): UsageEntry {
  const record = {
    tenant,
    requestId: request,
    model: "m1",
    modelVersion: "1",
    adapterDigest: "",
    pool: "m1.eu.interactive",
    worker: "w1",
    workerType: "simulated",
    zone: "eu-a",
    tier: "starter",
    poolClass: "interactive",
    arrivedAtEpochMs: typeof at === "number" ? at : Date.parse(at),
    promptTokens: 0,
    cachedTokens: 0,
    outputTokens: 0,
    splitAtEpochMs: 0,
    outputTokensBefore: 0,
    queueMs: 1,
    prefillMs: 1,
    decodeMs: 1,
    kvBlockMs: 1,
    preemptions: 0,
    attempts: 1,
    gpuUs: 1,
    outcome: "stop",
    ...rest,
  } as unknown as UsageRecord;
  return { record, isFinal: isOpen !== true };
}

export interface BillingScene {
  readonly sql: Sql;
  readonly desk: BillingDesk;
  now: number;
  use(...wishes: readonly UsageWish[]): Promise<void>;
}

/** `sql`: `migrate` has been run on it. */
export function billingScene(sql: Sql): BillingScene {
  const scene: BillingScene = {
    sql,
    now: Date.parse("2026-12-01T00:10:00Z"),
    desk: openBilling(sql, () => scene.now),
    use: (...wishes) => sqlLedger(sql).record(wishes.map(usageOf)),
  };
  return scene;
}

/** Empties what tests write, past the guards that nothing else passes. */
export async function emptied(sql: Sql): Promise<void> {
  const guarded = [
    "price_books",
    "invoices",
    "invoice_lines",
    "billing_entries",
    "usage_exports",
    "closed_periods",
  ];
  for (const table of guarded) await sql.query(`alter table ${table} disable trigger append_only`);
  // Its roll-ups follow rows that go, and refuse that all go at once.
  await sql.query("delete from usage");
  await sql.query(
    "truncate price_books, invoice_lines, billing_entries, usage_exports, closed_periods, invoices, billing_accounts, billing_issuers, holdings",
  );
  for (const table of guarded)
    await sql.query(`alter table ${table} enable always trigger append_only`);
}

export const fault =
  (code: BillingFault, words: RegExp = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof BillingError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(
      [error.message, ...error.problems.map(({ path, problem }) => `${path}: ${problem}`)].join(
        "\n",
      ),
      words,
    );
    return true;
  };
