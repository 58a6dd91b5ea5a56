// The last word about GPU time of a process that ends by itself: its engines say once more what they had, after the last step, and the
// process goes on until a log has it. What it lives beyond that word is less than a beat.

import type { Address } from "#shared/actor/actor.ts";
import type { InspectableHost } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import { toEngine } from "#shared/messages/to-engine.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { gpuTimesOnlyHere } from "#services/metering/meter.actor.ts";
import type { Meter } from "#services/metering/meter.actor.ts";
import type { WorkerState } from "#services/worker/worker-state.ts";

/** An engine that is silent, or a log that is away, holds no process up: the outbox has the word for its next start. */
const patienceMs = 2_000;
const lookEveryMs = 5;

export interface LastWordOf {
  readonly host: InspectableHost;
  readonly process: string;
  readonly workers: readonly string[];
}

/** Never rejects. */
export async function tellLastGpuWord({ host, process, workers }: LastWordOf): Promise<void> {
  const askedAtMs = host.nowMs();
  const told = workers.filter((id) => toldAtMs(host, id) !== undefined);
  for (const id of told) {
    const { to, message } = toEngine(engineAddress(id as WorkerId), { kind: "tell-gpu-time" });
    host.send(`fleet/${process}` as Address, to, message);
  }
  const isSaid = (): boolean => told.every((id) => (toldAtMs(host, id) ?? 0) >= askedAtMs);
  while ((!isSaid() || wordsOnlyHere(host) > 0) && host.nowMs() < askedAtMs + patienceMs) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

const toldAtMs = (host: InspectableHost, id: string): number | undefined =>
  (host.statesOf("worker").get(workerAddress(id as WorkerId)) as WorkerState | undefined)?.gpuBooks
    ?.toldAtMs;

const wordsOnlyHere = (host: InspectableHost): number =>
  [...host.statesOf("meter").values()].reduce<number>(
    (sum, state) => sum + gpuTimesOnlyHere(state as Meter),
    0,
  );
