// What is wrong with an adapter on a simulated engine that is told so: its prompts take longer, some of its requests are refused,
// or come to no numbers. For rollouts of bad versions, in tests and benchmarks; nothing but the host's own setting names one.

import type { Run } from "#shared/messages/to-engine.ts";
import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { AdapterFault } from "#shared/model/simulated-engine.ts";
import { subjectOf } from "./engine-sequence.ts";
import type { PlannedFault } from "./planned-fault.ts";

export const adapterFaultOf = (
  { adapterDigest }: Pick<Run, "adapterDigest">,
  faults: readonly AdapterFault[] = [],
): AdapterFault | undefined => faults.find(({ digest }) => digest === adapterDigest);

/** The same request every time: trying again does not help it. */
export const refusesAlways = (run: Run, faults: readonly AdapterFault[] | undefined): boolean =>
  isOneOf(run, adapterFaultOf(run, faults)?.errorPercent ?? 0);

export const nanOf = (run: Run, fault: AdapterFault | undefined): PlannedFault | undefined =>
  isOneOf(run, fault?.nanPercent ?? 0) ? { kind: "nan", outputIndex: 0 } : undefined;

const isOneOf = ({ sequence, adapterDigest }: Run, percent: number): boolean =>
  percent > 0 &&
  fmix32(fnv1a32(`${adapterDigest}${subjectOf(sequence).requestId}`)) % 10_000 < percent * 100;
