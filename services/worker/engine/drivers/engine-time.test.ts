import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EngineTime } from "./engine-time.ts";
import type { TimeShare } from "./engine-time.ts";
import { noRequestWork, requestsOf } from "#shared/model/gpu-lines.ts";
import type { TenantId } from "#shared/model/ids.ts";

const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;

test("what runs shares the time equally, and nothing is idle meanwhile", () => {
  const time = new EngineTime(2, 1000);
  const first = time.begin(acme, 1010);
  const second = time.begin(bolt, 1020, true);
  time.produced(second, 1030);
  assert.equal(time.end(first, 1030), 30_000);
  assert.equal(time.end(second, 1040), 30_000);
  assert.deepEqual(time.told(1050), {
    kind: "gpu-time",
    upUs: 1_000_000,
    wallUs: 50_000,
    gpus: 2,
    sequencesUs: 60_000,
    // The second went on from an earlier attempt, and had its next token at 1030.
    requests: { ...noRequestWork, prefillUs: 30_000, decodeUs: 20_000, recomputeUs: 10_000 },
    overheadUs: 0,
    idleUs: 40_000,
    tenants: [
      { tenant: acme, gpuUs: 30_000, recomputeUs: 0 },
      { tenant: bolt, gpuUs: 30_000, recomputeUs: 10_000 },
    ],
  });
});

test("time is conserved to the microsecond, whoever comes and goes", () => {
  const moves = fc.array(
    fc.record({ afterMs: fc.double({ min: 0, max: 9, noNaN: true }), pick: fc.nat(8) }),
  );
  fc.assert(
    fc.property(moves, (list) => {
      const time = new EngineTime(3, 0);
      const running: TimeShare[] = [];
      let nowMs = 0;
      let endedUs = 0;
      for (const { afterMs, pick } of list) {
        nowMs += afterMs;
        const [ended] = pick < running.length ? running.splice(pick, 1) : [];
        const [some] = running;
        if (pick === 7 && some !== undefined) time.produced(some, nowMs);
        if (ended === undefined) running.push(time.begin(pick % 2 === 0 ? acme : bolt, nowMs));
        else endedUs += time.end(ended, nowMs);
        const told = time.told(nowMs);
        assert.equal(told.sequencesUs + told.overheadUs + told.idleUs, told.wallUs * 3);
        const runningUs = running.reduce((sum, share) => sum + time.spentUs(share, nowMs), 0);
        assert.equal(told.sequencesUs, endedUs + runningUs);
        assert.equal(told.requests === undefined ? 0 : requestsOf(told.requests), told.sequencesUs);
        const ofTenants = (told.tenants ?? []).reduce((sum, { gpuUs }) => sum + gpuUs, 0);
        assert.equal(ofTenants, told.sequencesUs);
        assert.ok(told.overheadUs >= 0 && told.overheadUs <= list.length + 1);
      }
    }),
  );
});
