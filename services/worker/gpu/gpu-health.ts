// Whether the GPUs under one engine can still be relied on, from what is read of them. Two kinds of fault: one that is over when
// it is told, an ECC error or a critical XID, after which the engine begins anew; and one that lasts, a GPU that is lost or
// wants a reset, while which nothing begins. What cannot be read proves nothing.

import type { GpuFault } from "#shared/messages/engine-crash.ts";
import type { SmiAnswer } from "./nvidia-smi.ts";
import type { GpuTrouble, SmiGpu } from "./smi-row.ts";
import { isCritical } from "./xid-line.ts";

export interface HealthFault {
  readonly fault: GpuFault;
  readonly why: string;
}

export interface GpuHealth {
  /** While it lasts. */
  lasting: HealthFault | undefined;
  /** Uncorrected errors so far, by UUID. */
  readonly eccUncorrected: Map<string, number>;
  /** Answers in a row that had no handle of a GPU. */
  unreachable: number;
  hasBeenRead: boolean;
  faultAtMs: number;
}

export const wellSoFar = (): GpuHealth => ({
  lasting: undefined,
  eccUncorrected: new Map(),
  unreachable: 0,
  hasBeenRead: false,
  faultAtMs: Number.NEGATIVE_INFINITY,
});

/** A memory error is an XID, a counter and perhaps a recovery action: within this, one incident. */
const sameIncidentMs = 15_000;
/** No handle, and no word why: the driver is starting, or the GPU is gone. */
const unreachableMax = 3;

const lastingFaults: Readonly<Record<GpuTrouble, GpuFault>> = {
  lost: "gpu-lost",
  "needs-reset": "gpu-reset",
};

/** A fault that is new with this answer. */
export function judgeAnswer(
  health: GpuHealth,
  answer: SmiAnswer,
  nowMs: number,
): HealthFault | undefined {
  switch (answer.kind) {
    case "gpus":
      health.unreachable = 0;
      health.hasBeenRead = true;
      return judgeGpus(health, answer.gpus, nowMs);
    case "lost":
      return last(health, { fault: "gpu-lost", why: answer.why }, nowMs);
    case "unreachable":
      health.unreachable++;
      if (!health.hasBeenRead || health.unreachable < unreachableMax) return undefined;
      return last(health, { fault: "gpu-lost", why: answer.why }, nowMs);
    case "absent":
    case "unreadable":
    case "silent":
      return undefined;
    default:
      return answer satisfies never;
  }
}

export function judgeXid(health: GpuHealth, xid: number, nowMs: number): HealthFault | undefined {
  if (!isCritical(xid)) return undefined;
  return once(health, { fault: "xid", why: `XID ${xid}` }, nowMs);
}

function judgeGpus(
  health: GpuHealth,
  gpus: readonly SmiGpu[],
  nowMs: number,
): HealthFault | undefined {
  const rise = riseOf(health, gpus);
  const troubled = gpus.find(({ trouble }) => trouble !== undefined);
  if (troubled?.trouble !== undefined) {
    const words = troubled.trouble === "lost" ? "is lost" : "wants to be reset";
    const which = troubled.uuid === "" ? "a GPU" : troubled.uuid;
    const fault = lastingFaults[troubled.trouble];
    return last(health, { fault, why: `${which} ${words}` }, nowMs);
  }
  health.lasting = undefined;
  return rise === undefined ? undefined : once(health, rise, nowMs);
}

/** What stood there when it was first read is of a time before. */
function riseOf(
  { eccUncorrected: known }: GpuHealth,
  gpus: readonly SmiGpu[],
): HealthFault | undefined {
  let rise: HealthFault | undefined;
  for (const { uuid, figures } of gpus) {
    const { eccUncorrected } = figures;
    if (eccUncorrected === undefined || uuid === "") continue;
    const before = known.get(uuid) ?? eccUncorrected;
    known.set(uuid, eccUncorrected);
    if (eccUncorrected <= before) continue;
    const errors = eccUncorrected - before;
    rise = { fault: "ecc", why: `${errors} uncorrected memory errors more on ${uuid}` };
  }
  return rise;
}

function once(health: GpuHealth, fault: HealthFault, nowMs: number): HealthFault | undefined {
  if (health.lasting !== undefined || nowMs < health.faultAtMs + sameIncidentMs) return undefined;
  health.faultAtMs = nowMs;
  return fault;
}

/** New unless it lasts already, be it by another name. */
function last(health: GpuHealth, fault: HealthFault, nowMs: number): HealthFault | undefined {
  const isNew = health.lasting === undefined;
  health.lasting = fault;
  if (!isNew) return undefined;
  health.faultAtMs = nowMs;
  return fault;
}
