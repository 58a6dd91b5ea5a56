// Looks each minute whether GPU time adds up: over the last ten minutes lines against workers' own clocks, over the last day usage
// against the requests' lines. Law: more than a tenth of a per cent is an alarm, and the last figures stand to be read.

import { performance } from "node:perf_hooks";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { GpuLedger } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import { conservation, conservationErrorMax } from "#shared/model/gpu-conservation.ts";
import type { Conservation, GpuLife } from "#shared/model/gpu-conservation.ts";
import { requestsOf } from "#shared/model/gpu-lines.ts";
import type { GaugeReading } from "#shared/telemetry/gauge-reading.ts";

export interface ConservationPorts {
  readonly process: string;
  readonly ledger: Pick<GpuLedger, "lives" | "groups" | "usageUs">;
  readonly nowEpochMs: () => number;
  readonly onNote: (record: NoteRecord) => void;
}

export interface ConservationWatch {
  /** One look. Never rejects. */
  look(): Promise<Conservation | undefined>;
  gauges(): readonly GaugeReading[];
  close(): Promise<void>;
}

const everyMs = 60_000;
const windowLooks = 10;
const livesWithinMs = 20 * 60_000;
const dayMs = 86_400_000;

export function watchConservation(ports: ConservationPorts): ConservationWatch {
  const looks: (readonly GpuLife[])[] = [];
  let last: Conservation | undefined;
  let looking: Promise<Conservation | undefined> | undefined;
  const goOnce = async (): Promise<Conservation | undefined> => {
    try {
      const now = await ports.ledger.lives(until(ports, livesWithinMs));
      const before = looks[0] ?? now;
      looks.push(now);
      if (looks.length > windowLooks) looks.shift();
      last = conservation({ before, now, ...(await usageOfDay(ports)) });
      alarm(ports, last);
      return last;
    } catch {
      // The ledger is away, which is told where it is written to; the next look sees it all.
      return undefined;
    }
  };
  const look = (): Promise<Conservation | undefined> => {
    looking ??= goOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return {
    look,
    gauges: () => (last === undefined ? [] : gaugesOf(last)),
    close: async () => {
      clearInterval(timer);
      await looking;
    },
  };
}

const until = ({ nowEpochMs }: ConservationPorts, withinMs: number) => ({
  fromEpochMs: nowEpochMs() - withinMs,
  toEpochMs: nowEpochMs() + everyMs,
});

async function usageOfDay(
  ports: ConservationPorts,
): Promise<{ readonly usageUs: number; readonly requestsUs: number }> {
  const day = until(ports, dayMs);
  const [usageUs, groups] = await Promise.all([
    ports.ledger.usageUs(day),
    ports.ledger.groups(day),
  ]);
  return { usageUs, requestsUs: groups.reduce((sum, { lines }) => sum + requestsOf(lines), 0) };
}

function alarm({ process, onNote }: ConservationPorts, verdict: Conservation): void {
  const { linesErrorRatio, usageErrorRatio, worst } = verdict;
  if (Math.max(linesErrorRatio, usageErrorRatio) <= conservationErrorMax) return;
  const actor = `usage/${process}` as Address;
  const fields = { linesErrorRatio, usageErrorRatio, ...worst };
  onNote({ kind: "note", event: "gpu.not-conserved", fields, actor, nowMs: performance.now() });
}

const gaugesOf = ({ linesErrorRatio, usageErrorRatio }: Conservation): readonly GaugeReading[] => [
  { metric: "gpu_conservation_error_ratio", labels: { kind: "lines" }, value: linesErrorRatio },
  { metric: "gpu_conservation_error_ratio", labels: { kind: "usage" }, value: usageErrorRatio },
];
