import assert from "node:assert/strict";
import { test } from "node:test";
import { percentile } from "#loadtest/load/percentile.ts";
import { a10gEngine, h100Engine } from "./engines.ts";
import { runHouse } from "./house.ts";
import type { HousePlan } from "./house-plan.ts";
import type { LoadPlan } from "./mixed-load.ts";
import { mixedLoad } from "./mixed-load.ts";
import { tokensPerSecond, ttftsMs } from "./run-figures.ts";
import { cumulativeGap } from "./service-gaps.ts";
import { seriesOf } from "./service-series.ts";
import type { SuiteRequest } from "./suite-request.ts";

const horizonS = 120;
/** Two clients in overload, one asking three times as much. */
const requests: readonly SuiteRequest[] = [1, 3]
  .flatMap((perSecond, client) =>
    Array.from({ length: horizonS * perSecond }, (_, index) => ({
      client,
      atMs: ((index + 1) * 1000) / perSecond,
      promptTokens: 256,
      outputTokens: 192,
    })),
  )
  .toSorted((a, b) => a.atMs - b.atMs);

const planned = (policy: HousePlan["policy"]): HousePlan => ({
  policy,
  requestsPerMinute: 20,
  engine: a10gEngine,
  tenants: [{ weight: 1 }, { weight: 1 }],
});

test("every request gets each of its tokens once, in order, and the same every run", () => {
  const { deliveries } = runHouse(requests, planned("wfq"));
  assert.equal(deliveries.length, requests.length);
  for (const { request, tokensAtMs } of deliveries) {
    assert.equal(tokensAtMs.length, request.outputTokens);
    assert.ok((tokensAtMs[0] ?? 0) > request.atMs);
    assert.deepEqual(
      tokensAtMs,
      tokensAtMs.toSorted((a, b) => a - b),
    );
  }
  assert.deepEqual(runHouse(requests, planned("wfq")).deliveries, deliveries);
});

test("who asks more gets more from first come, first served, and not from fair queueing", () => {
  const gapUnder = (policy: HousePlan["policy"]): number => {
    const { deliveries } = runHouse(requests, planned(policy));
    return cumulativeGap(seriesOf(deliveries, { clients: 2, horizonS }), [1, 1]);
  };
  assert.ok(gapUnder("fcfs") > 3 * gapUnder("wfq"));
});

test("requests per minute are refused beyond the limit, and the rest is served", () => {
  const { deliveries } = runHouse(requests, planned("rpm"));
  const served = deliveries.filter(({ tokensAtMs }) => tokensAtMs.length > 0);
  assert.equal(deliveries.length, requests.length);
  assert.ok(served.length <= 2 * 60 && served.length >= 2 * 40);
  assert.ok(tokensPerSecond(deliveries) > 0);
});

test("a flood's decodes and prompts give way: victims' first tokens take less than twice as long", () => {
  const untilS = 12;
  const house: HousePlan = {
    policy: "wfq",
    requestsPerMinute: 20,
    engine: h100Engine,
    workers: 2,
    tenants: [0, 1, 2, 3, 4].map(() => ({ weight: 1 })),
  };
  const victims = [0, 1, 2, 3].map((client): LoadPlan => {
    return { client, kind: "chat", requestsPerS: 5 };
  });
  const flood: LoadPlan = { client: 4, kind: "chat", requestsPerS: 80 };
  const p95Of = (plans: readonly LoadPlan[]): number => {
    const { deliveries } = runHouse(mixedLoad(plans, untilS, 1), house);
    const ofVictims = deliveries.filter(({ request }) => request.client < 4);
    return percentile(
      ttftsMs(ofVictims).toSorted((a, b) => a - b),
      0.95,
    );
  };
  const alone = p95Of(victims);
  const together = p95Of([...victims, flood]);
  assert.ok(together < 2 * alone, `${together} ms beside ${alone} ms`);
});
