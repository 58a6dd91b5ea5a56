// GPU time is conserved. Of each life of a worker its lines add up to wall × GPUs by the worker's own clock, but for the step that runs;
// and the usage of all requests adds up to what the lines say that requests had: no more than that and what dead workers had not told, and,
// where nothing but engines failed, not a hundredth less: of an attempt that its engine took with it, the last steps are in no record.

import type { Checker } from "#loadtest/simulation/checker.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";
import { requestsOf, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { gpuWordEveryMs } from "#shared/model/gpu-word.ts";

/** Longer than any step; of a life that ended while its process stood still, longer than that. */
const stepMostUs = 3_000_000;
const stillMostUs = 60_000_000;
/** Two clocks' roundings. */
const roundedUs = 10;
/** A tenth of a per cent. */
const errorMax = 0.001;
const untoldMax = 0.01;

export const gpuTimeIsConserved: Checker = {
  name: "gpu-time-is-conserved",
  watch: (report) => ({
    judge({ gpuLives, ledger, plan, histories }) {
      if (histories.size > 0 && gpuLives.size === 0) report("no worker told of its GPU time");
      const newest = new Map<string, number>();
      for (const { worker, life } of gpuLives.values()) {
        newest.set(worker, Math.max(life, newest.get(worker) ?? 0));
      }
      for (const life of gpuLives.values()) {
        const isNewest = newest.get(life.worker) === life.life;
        judgeLife(life, isNewest ? stepMostUs : stillMostUs, report);
      }
      const requestsUs = sumOver([...gpuLives.values()], ({ lines }) => requestsOf(lines));
      const usageUs = sumOver([...ledger.values()], ({ entry }) => entry.record.gpuUs);
      const untoldUs = sumOver([...gpuLives.values()], ({ gpus }) => gpus) * gpuWordEveryMs * 2000;
      const mostUs = requestsUs * (1 + errorMax) + (hasDeaths(plan) ? untoldUs : 0);
      if (usageUs > mostUs) report(`records have ${usageUs} µs, requests had ${requestsUs}`);
      if (isCalm(plan) && usageUs < requestsUs * (1 - untoldMax)) {
        report(`records have only ${usageUs} µs, requests had ${requestsUs}`);
      }
    },
  }),
};

function judgeLife(
  { worker, life, gpus, outsideUs, lines }: GpuEntry,
  mostUs: number,
  report: (violation: string) => void,
): void {
  const missingUs = outsideUs * gpus - sumOfLines(lines);
  if (missingUs >= -roundedUs && missingUs <= mostUs * gpus) return;
  report(`${worker}, life ${life}: ${missingUs} µs of ${outsideUs * gpus} are on no line`);
}

const sumOver = <Each>(all: readonly Each[], of: (each: Each) => number): number =>
  all.reduce((sum, each) => sum + of(each), 0);

const hasDeaths = ({ faults }: FaultPlan): boolean =>
  faults.some(({ kind }) => kind === "kill" || kind === "hand-over");

/** Only what delays: nobody loses what another has not heard. */
const isCalm = ({ faults }: FaultPlan): boolean => faults.length === 0;
