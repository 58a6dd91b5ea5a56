// GPU time is conserved. Of each life of a worker its lines add up to wall × GPUs by the worker's own clock, but for the step that runs;
// and the usage of all requests adds up to what the lines say that requests had: no more than that and what dead workers had not told, and,
// where nobody died, no less, but for what ran again after its bill was final: that stands, and nobody is billed for the second run.

import type { Address } from "#shared/actor/actor.ts";
import type { Checker } from "#loadtest/simulation/checker.ts";
import type { FaultPlan } from "#loadtest/simulation/fault-plan.ts";
import type { FromEngine } from "#shared/messages/from-engine.ts";
import { requestsOf, sumOfLines } from "#shared/model/gpu-lines.ts";
import type { GpuEntry } from "#shared/model/gpu-word.ts";
import { gpuWordEveryMs } from "#shared/model/gpu-word.ts";

/** Longer than any step. */
const stepMostUs = 3_000_000;
/** Two clocks' roundings. */
const roundedUs = 10;
/** A tenth of a per cent. */
const errorMax = 0.001;

export const gpuTimeIsConserved: Checker = {
  name: "gpu-time-is-conserved",
  watch: (report) => {
    const ranAgain = new Set<string>();
    /** By engine and sequence. */
    const executed = new Map<Address, Map<string, number>>();
    return {
      kinds: ["engine"],
      observer: {
        received(_process, self, { effects }) {
          for (const effect of effects) {
            if (effect.kind === "send") keepWork(executed, self, effect.message as FromEngine);
          }
        },
        noted(_process, { event, fields }) {
          if (event === "session.runs-again") ranAgain.add(String(fields["requestId"]));
        },
      },
      judge({ gpuLives, ledger, plan, histories }) {
        if (histories.size > 0 && gpuLives.size === 0) report("no worker told of its GPU time");
        for (const life of gpuLives.values()) judgeLife(life, report);
        const requestsUs = sumOver([...gpuLives.values()], ({ lines }) => requestsOf(lines));
        const usageUs = sumOver([...ledger.values()], ({ entry }) => entry.record.gpuUs);
        const untoldUs =
          sumOver([...gpuLives.values()], ({ gpus }) => gpus) * gpuWordEveryMs * 2000;
        const runs = [...executed.values()].flatMap((byEngine) => [...byEngine]);
        const unbilledUs = sumOver(runs, ([sequence, gpuUs]) =>
          ranAgain.has(requestOf(sequence)) ? gpuUs : 0,
        );
        const mostUs = requestsUs * (1 + errorMax) + (hasDeaths(plan) ? untoldUs : 0);
        if (usageUs > mostUs) report(`records have ${usageUs} µs, requests had ${requestsUs}`);
        if (isCalm(plan) && usageUs < (requestsUs - unbilledUs) * (1 - errorMax)) {
          report(`records have only ${usageUs} µs, requests had ${requestsUs}`);
        }
      },
    };
  },
};

/** Of `request.attempt`. */
const requestOf = (sequence: string): string => sequence.slice(0, sequence.lastIndexOf("."));

function keepWork(
  executed: Map<Address, Map<string, number>>,
  engine: Address,
  message: FromEngine,
): void {
  const outputs = message.kind === "step" ? message.outputs : "totals" in message ? [message] : [];
  if (outputs.length === 0) return;
  let ofEngine = executed.get(engine);
  if (ofEngine === undefined) executed.set(engine, (ofEngine = new Map()));
  for (const { sequence, totals } of outputs) {
    ofEngine.set(sequence, Math.max(totals.gpuUs, ofEngine.get(sequence) ?? 0));
  }
}

function judgeLife(
  { worker, life, gpus, outsideUs, lines }: GpuEntry,
  report: (violation: string) => void,
): void {
  const missingUs = outsideUs * gpus - sumOfLines(lines);
  if (missingUs >= -roundedUs && missingUs <= stepMostUs * gpus) return;
  report(`${worker}, life ${life}: ${missingUs} µs of ${outsideUs * gpus} are on no line`);
}

const sumOver = <Each>(all: readonly Each[], of: (each: Each) => number): number =>
  all.reduce((sum, each) => sum + of(each), 0);

const hasDeaths = ({ faults }: FaultPlan): boolean =>
  faults.some(({ kind }) => kind === "kill" || kind === "hand-over");

/** Only what delays: nobody loses what another has not heard. */
const isCalm = ({ faults }: FaultPlan): boolean => faults.length === 0;
