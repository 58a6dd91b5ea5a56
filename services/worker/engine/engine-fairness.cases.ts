// What an engine that shares its steps between tenants owes them, driven through messages alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { runOf } from "./engine.cases.ts";
import type { EngineBench, OpenBench } from "./engine.cases.ts";

const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;

const prefilled = (heard: readonly ToWorker[], { sequence }: Run): number => {
  let tokens = 0;
  for (const message of heard) {
    if (message.kind !== "step") continue;
    for (const output of message.outputs) {
      if (output.sequence === sequence) tokens = Math.max(tokens, output.totals.prefillTokens);
    }
  }
  return tokens;
};

const hasToken = (heard: readonly ToWorker[], { sequence }: Run): boolean =>
  heard.some(
    (message) =>
      message.kind === "step" &&
      message.outputs.some((output) => output.sequence === sequence && output.tokens.length > 0),
  );

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

export function engineFairnessCases(name: string, open: OpenBench): void {
  const check = (behaviour: string, body: (bench: EngineBench) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const bench = open({ sequencesMax: 40, kvBlocks: 20_000, adapterSlots: 2 });
      bench.tell({ kind: "boot" });
      await body(bench);
      bench.close();
    });
  };
  const long = (tenant: TenantId, fields: Partial<Run> = {}): Run =>
    runOf({ tenant, tokens: 20_000, outputTokensMax: 2, ignoreEos: true, ...fields });
  const short = (tenant: TenantId, fields: Partial<Run> = {}): Run =>
    runOf({ tenant, tokens: 100, outputTokensMax: 2, ignoreEos: true, ...fields });

  check(
    "a short prompt of another tenant is computed before the rest of a long one",
    async (bench) => {
      const first = long(acme);
      bench.tell(first);
      await bench.until(() => prefilled(bench.heard, first) > 0);
      const second = short(bolt);
      bench.tell(second);
      await bench.until(() => hasToken(bench.heard, second));
      assert.ok(prefilled(bench.heard, first) <= 3 * 2048, "it waited for two steps at most");
      await bench.until(() => hasToken(bench.heard, first));
    },
  );

  check("a flood of one tenant's prompts leaves another its turn", async (bench) => {
    const flood = Array.from({ length: 30 }, () => long(acme));
    for (const run of flood) bench.tell(run);
    await bench.until(() => flood.some((run) => prefilled(bench.heard, run) > 0));
    const own = short(bolt);
    bench.tell(own);
    await bench.until(() => hasToken(bench.heard, own));
    const before = sum(flood.map((run) => prefilled(bench.heard, run)));
    assert.ok(before <= 3 * 2048, `${before} tokens of others came first`);
  });

  check("weights split the prefill budget", async (bench) => {
    const light = [long(acme, { weight: 1 }), long(acme, { weight: 1 })];
    const heavy = [long(bolt, { weight: 3 }), long(bolt, { weight: 3 })];
    for (const run of [...light, ...heavy]) bench.tell(run);
    const of = (runs: readonly Run[]): number =>
      sum(runs.map((run) => prefilled(bench.heard, run)));
    // The first step began before the others came.
    await bench.until(() => of(light) > 0);
    const alone = of(light);
    await bench.until(() => of(light) + of(heavy) >= alone + 24_000);
    const share = of(heavy) / (of(light) + of(heavy) - alone);
    assert.ok(Math.abs(share - 0.75) < 0.02, `three quarters, not ${share}`);
  });

  check("what one tenant cannot use goes to the others", async (bench) => {
    const small = short(acme, { weight: 1000 });
    const rest = long(bolt);
    bench.tell(rest);
    bench.tell(small);
    await bench.until(() => hasToken(bench.heard, small));
    await bench.until(() => prefilled(bench.heard, rest) > 2048);
    const steps = bench.heard.filter((message) => message.kind === "step");
    // The first step began before the second prompt came.
    assert.ok(prefilled(steps.slice(0, 2), rest) >= 2 * 2048 - 100);
  });

  /** So many long answers of one tenant run that it is far beyond its share. */
  const flooded = async (bench: EngineBench): Promise<readonly Run[]> => {
    const flood = Array.from({ length: 30 }, () =>
      runOf({ tenant: acme, tokens: 4000, outputTokensMax: 300, ignoreEos: true }),
    );
    for (const run of flood) bench.tell(run);
    await bench.until(() => flood.every((run) => hasToken(bench.heard, run)));
    return flood;
  };

  check(
    "a tenant far beyond its share sits out, eight steps in a row and no more",
    async (bench) => {
      const flood = await flooded(bench);
      const other = long(bolt);
      bench.tell(other);
      const from = bench.heard.length;
      await bench.until(() => hasToken(bench.heard, other));
      const sequences = new Set(flood.map(({ sequence }) => sequence));
      let inARow = 0;
      let most = 0;
      for (const message of bench.heard.slice(from)) {
        if (message.kind !== "step") continue;
        const decoded = message.outputs.filter(({ sequence }) => sequences.has(sequence)).length;
        assert.ok(decoded === 0 || decoded === flood.length, "they sit out together");
        inARow = decoded === 0 ? inARow + 1 : 0;
        most = Math.max(most, inARow);
      }
      assert.equal(most, 8);
    },
  );

  check("prompts of a tenant far beyond its share come after those of others", async (bench) => {
    await flooded(bench);
    const more = [long(acme), long(acme)];
    for (const run of more) bench.tell(run);
    const other = runOf({ tenant: bolt, tokens: 12_000, outputTokensMax: 2, ignoreEos: true });
    bench.tell(other);
    await bench.until(() => hasToken(bench.heard, other));
    const before = sum(more.map((run) => prefilled(bench.heard, run)));
    // Of the step that ran, and of the room that the last of it left.
    assert.ok(before <= 2 * 1024, `${before} tokens came before`);
  });

  check(
    "a step is half full with what yields, and full when nobody else is here",
    async (bench) => {
      await flooded(bench);
      const more = long(acme);
      const other = runOf({ tenant: bolt, tokens: 100, outputTokensMax: 5, ignoreEos: true });
      bench.tell(other);
      await bench.until(() => hasToken(bench.heard, other));
      bench.tell(more);
      await bench.until(() => prefilled(bench.heard, more) > 0);
      const half = prefilled(bench.heard, more);
      assert.ok(half <= 1024 && half >= 1024 - 31, `${half} beside 31 decodes`);
      await bench.until(() => hasToken(bench.heard, more));
      const steps = bench.heard.filter((message) => message.kind === "step");
      const chunks = steps.map((_, at) => prefilled(steps.slice(0, at + 1), more));
      const largest = Math.max(...chunks.map((all, at) => all - (chunks[at - 1] ?? 0)));
      assert.ok(largest > 1900, `${largest} when it is alone`);
    },
  );

  check("nobody starves: every tenant gets its first token, in a lower band too", async (bench) => {
    const low = long("low" as TenantId, { band: 3, weight: 1 });
    bench.tell(low);
    const tenants = Array.from({ length: 8 }, (_, index) => `high ${index}` as TenantId);
    const running = new Map(tenants.map((tenant) => [tenant, long(tenant, { weight: 50 })]));
    for (const run of running.values()) bench.tell(run);
    // Every prompt that is done is followed by the next: the higher band never runs dry.
    await bench.until(() => {
      for (const [tenant, run] of running) {
        if (!hasToken(bench.heard, run)) continue;
        const next = long(tenant, { weight: 50 });
        running.set(tenant, next);
        bench.tell(next);
      }
      return hasToken(bench.heard, low);
    });
    const steps = bench.heard.filter((message) => message.kind === "step").length;
    assert.ok(steps <= 20_000 / (2048 / 16) + 4, `a sixteenth of ${steps} steps`);
  });
}
