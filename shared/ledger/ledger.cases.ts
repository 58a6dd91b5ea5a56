// What every usage ledger must do, told by outcomes only.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdapterDigest, PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import { settleAbandoned, settleGraceMs } from "#shared/model/abandoned-account.ts";
import type { UsageEntry } from "#shared/model/merge-usage.ts";
import { mergeUsage } from "#shared/model/merge-usage.ts";
import type { UsageRecord } from "#shared/model/usage.ts";
import type { Ledger } from "./ledger.ts";

export const tenant = (name: string): TenantId => name as TenantId;
export const request = (name: string): RequestId => name as RequestId;

const blank: UsageRecord = {
  tenant: tenant("acme"),
  requestId: request("r1"),
  model: "llama-3.1-8b",
  modelVersion: "1",
  adapterDigest: "" as AdapterDigest,
  pool: "llama-3.1-8b.eu.interactive" as PoolId,
  poolClass: "interactive",
  tier: "business",
  worker: "",
  workerType: "",
  zone: "",
  arrivedAtEpochMs: 1_700_000_000_000,
  promptTokens: 0,
  cachedTokens: 0,
  outputTokens: 0,
  splitAtEpochMs: 0,
  outputTokensBefore: 0,
  queueMs: 0,
  prefillMs: 0,
  decodeMs: 0,
  kvBlockMs: 0,
  preemptions: 0,
  attempts: 0,
  gpuUs: 0,
  outcome: "",
};

export const openEntry = (part: Partial<UsageRecord> = {}): UsageEntry => ({
  record: { ...blank, ...part },
  isFinal: false,
});

export const finalEntry = (part: Partial<UsageRecord> = {}): UsageEntry => ({
  record: { ...blank, outcome: "stop", worker: "w-1" as WorkerId, attempts: 1, ...part },
  isFinal: true,
});

/** `empty` gives a ledger with nothing in it. */
export function ledgerCases(name: string, empty: () => Promise<Ledger>): void {
  const check = (behaviour: string, body: (ledger: Ledger) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => body(await empty()));
  };
  const all = (ledger: Ledger): Promise<readonly UsageEntry[]> => ledger.usageOf({ limit: 1000 });

  check("what was recorded is read back field by field", async (ledger) => {
    const entry = finalEntry({
      worker: "w-2" as WorkerId,
      workerType: "simulated-h100/llama3_8b/tp1/bfloat16",
      zone: "zone-2",
      adapterDigest: "ab".repeat(32) as AdapterDigest,
      promptTokens: 12,
      cachedTokens: 3,
      outputTokens: 40,
      queueMs: 0.25,
      prefillMs: 13.781,
      decodeMs: 401.5,
      kvBlockMs: 1234.5,
      preemptions: 1,
      attempts: 2,
      gpuUs: 9_007_199_254_740_991,
    });
    await ledger.record([entry]);
    assert.deepEqual(await all(ledger), [entry]);
  });

  check("an open record leaves a trace, and grows by maximum", async (ledger) => {
    await ledger.record([openEntry({ outputTokens: 5 })]);
    await ledger.record([openEntry({ outputTokens: 3, promptTokens: 7 })]);
    assert.deepEqual(await all(ledger), [openEntry({ outputTokens: 5, promptTokens: 7 })]);
  });

  check(
    "what nobody is left to close is settled as it stands, and not before its time",
    async (ledger) => {
      const entry = (requestId: string, endsWithinMs: number): UsageEntry => ({
        ...openEntry({ requestId: request(requestId), outputTokens: 5 }),
        endsWithinMs,
      });
      await ledger.record([entry("r1", 10_000), entry("r2", 500_000), entry("r3", 10_000)]);
      // Heard of again: its deadline is later than was thought.
      await ledger.record([entry("r3", 500_000), finalEntry({ requestId: request("r4") })]);
      await ledger.record([{ ...entry("r2", 0), isFinal: false }]);
      assert.equal(await ledger.settleAbandoned(0), 0);
      assert.equal(await ledger.settleAbandoned(10_000 + settleGraceMs - 1_000), 0);
      assert.equal(await ledger.settleAbandoned(10_000 + settleGraceMs), 1);
      assert.equal(await ledger.settleAbandoned(10_000 + settleGraceMs), 0);
      const [settled] = await ledger.usageOf({ requestId: request("r1"), limit: 1 });
      assert.deepEqual(settled, settleAbandoned(openEntry({ outputTokens: 5 })));
      await ledger.record([finalEntry({ outputTokens: 9 })]);
      assert.deepEqual(await ledger.usageOf({ requestId: request("r1"), limit: 1 }), [settled]);
      assert.equal(await ledger.settleAbandoned(Infinity), 2);
      assert.equal((await ledger.totals()).settledRequests, 4);
    },
  );

  check("a final record never changes", async (ledger) => {
    const settled = finalEntry({ outputTokens: 10 });
    await ledger.record([settled]);
    await ledger.record([openEntry({ outputTokens: 99 })]);
    await ledger.record([finalEntry({ outputTokens: 100, outcome: "length" })]);
    assert.deepEqual(await all(ledger), [settled]);
  });

  check("one batch may name a request several times", async (ledger) => {
    await ledger.record([
      openEntry({ promptTokens: 4 }),
      finalEntry({ outputTokens: 10 }),
      openEntry({ outputTokens: 99 }),
    ]);
    assert.deepEqual(await all(ledger), [finalEntry({ promptTokens: 4, outputTokens: 10 })]);
  });

  check("replaying everything, twice and shuffled, changes no total", async (ledger) => {
    const history = [...Array(60)].flatMap((_, index) => {
      const part = {
        requestId: request(`r${index}`),
        tenant: tenant(index % 3 === 0 ? "acme" : "bolt"),
      };
      return [
        openEntry(part),
        openEntry({ ...part, promptTokens: index }),
        finalEntry({ ...part, promptTokens: index, outputTokens: 2 * index, gpuUs: index * 1000 }),
      ];
    });
    await ledger.record(history);
    const totals = await ledger.totals();
    assert.equal(totals.requests, 60);
    assert.equal(totals.settledRequests, 60);
    assert.equal(totals.outputTokens, 59 * 60);
    for (let round = 0; round < 2; round++) {
      const shuffled = history.toSorted((a, b) => orderOf(a, round) - orderOf(b, round));
      for (let from = 0; from < shuffled.length; from += 25) {
        await ledger.record(shuffled.slice(from, from + 25));
      }
      assert.deepEqual(await ledger.totals(), totals);
    }
    const split = [
      await ledger.totals({ tenant: tenant("acme") }),
      await ledger.totals({ tenant: tenant("bolt") }),
    ];
    assert.equal(
      split.reduce((sum, part) => sum + part.gpuUs, 0),
      totals.gpuUs,
    );
    assert.equal(split[0]?.requests, 20);
  });

  check(
    "any order of open records, with the final one last or not, merges as the law says",
    async (ledger) => {
      const opened = [
        openEntry({ promptTokens: 9, worker: "w-1" as WorkerId }),
        openEntry({ outputTokens: 3, worker: "w-2" as WorkerId }),
        openEntry({ queueMs: 2 }),
      ];
      const expected = opened.reduce<UsageEntry | undefined>(mergeUsage, undefined);
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ]) {
        const requestId = request(`r-${order.join("")}`);
        for (const index of order) {
          const entry = opened[index];
          if (entry) await ledger.record([{ ...entry, record: { ...entry.record, requestId } }]);
        }
        const [found] = await ledger.usageOf({ requestId, limit: 1 });
        assert.deepEqual({ ...found?.record, requestId: "r1" }, expected?.record);
      }
    },
  );

  check("concurrent batches lose nothing", async (ledger) => {
    await Promise.all(
      [...Array(20)].map((_, batch) =>
        ledger.record(
          [...Array(10)].map((_entry, index) =>
            openEntry({ requestId: request(`r${index}`), outputTokens: batch }),
          ),
        ),
      ),
    );
    const totals = await ledger.totals({ tenant: tenant("acme") });
    assert.equal(totals.requests, 10);
    assert.equal(totals.outputTokens, 190);
  });

  check(
    "usage is found and totalled by tenant, request and time, listed newest first, never more than asked",
    async (ledger) => {
      const at = (index: number): number => 1_700_000_000_000 + index;
      await ledger.record(
        [...Array(10)].map((_, index) =>
          finalEntry({
            requestId: request(`r${index}`),
            tenant: tenant(index < 5 ? "acme" : "bolt"),
            arrivedAtEpochMs: at(index),
          }),
        ),
      );
      const found = async (query: Parameters<Ledger["usageOf"]>[0]): Promise<string[]> =>
        (await ledger.usageOf(query)).map(({ record }) => record.requestId);
      assert.deepEqual(await found({ limit: 3 }), ["r9", "r8", "r7"]);
      assert.deepEqual(await found({ tenant: tenant("acme"), limit: 2 }), ["r4", "r3"]);
      assert.deepEqual(await found({ requestId: request("r2"), limit: 9 }), ["r2"]);
      assert.deepEqual(await found({ sinceEpochMs: at(8), limit: 9 }), ["r9", "r8"]);
      assert.deepEqual(
        await found({ tenant: tenant("acme"), requestId: request("r7"), limit: 9 }),
        [],
      );
      assert.deepEqual(await found({ tenant: tenant("x' or '1'='1"), limit: 9 }), []);
      const counted = async (filter: Parameters<Ledger["totals"]>[0]): Promise<number> =>
        (await ledger.totals(filter)).requests;
      assert.equal(await counted({}), 10);
      assert.equal(await counted({ tenant: tenant("acme") }), 5);
      assert.equal(await counted({ requestId: request("r2") }), 1);
      assert.equal(await counted({ sinceEpochMs: at(8) }), 2);
      assert.equal(await counted({ tenant: tenant("acme"), sinceEpochMs: at(3) }), 2);
      assert.equal(await counted({ tenant: tenant("acme"), requestId: request("r7") }), 0);
    },
  );

  check("an empty ledger has zero totals, and an empty batch is no batch", async (ledger) => {
    await ledger.record([]);
    const totals = await ledger.totals({ tenant: tenant("nobody") });
    assert.deepEqual([...new Set(Object.values(totals))], [0]);
  });

  check("a batch that cannot be stored is stored not at all", async (ledger) => {
    const good = finalEntry({ requestId: request("good") });
    await assert.rejects(ledger.record([good, finalEntry({ promptTokens: Number.NaN })]));
    assert.deepEqual(await all(ledger), []);
    await ledger.record([good]);
    assert.deepEqual(await all(ledger), [good]);
  });
}

/** A fixed shuffle per round. */
const orderOf = ({ record, isFinal }: UsageEntry, round: number): number =>
  (record.requestId.length * 31 + record.promptTokens * (7 + round) + (isFinal ? 13 : 5)) % 17;
