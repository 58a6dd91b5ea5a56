// What a real engine computed, from the tokens that its worker is told and the model's shape, as far as the operator has given
// it. Bytes are not known: how many steps it took to read the weights is the engine's own affair.

import type { FromEngine, GpuTime } from "#shared/messages/from-engine.ts";
import type { PeakRates } from "#shared/messages/gpu-reading.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import { TenantAccounts } from "#services/worker/engine/tenant-accounts.ts";
import type { ModelFlops } from "./model-flops.ts";
import { flopsOf } from "./model-flops.ts";

interface Served {
  readonly tenant: TenantId;
  /** Prompt and forced prefix. */
  readonly givenTokens: number;
  prefillTokens: number;
  outputTokens: number;
  /** Of its tenant's, not whole yet. */
  restGflop: number;
}

/** Of one life of an engine. */
export class ServedWork {
  readonly #flops: ModelFlops;
  readonly #sequences = new Map<string, Served>();
  readonly #accounts = new TenantAccounts();
  #gflop = 0;

  constructor(flops: ModelFlops) {
    this.#flops = flops;
  }

  run({ sequence, tenant, promptTokens, forcedPrefix }: Run): void {
    if (this.#sequences.has(sequence)) return;
    const givenTokens = promptTokens + forcedPrefix.length;
    const nothing = { prefillTokens: 0, outputTokens: 0, restGflop: 0 };
    this.#sequences.set(sequence, { tenant, givenTokens, ...nothing });
  }

  heard(message: FromEngine): void {
    switch (message.kind) {
      case "step":
        for (const { sequence, totals, end } of message.outputs) {
          this.#charge(sequence, totals);
          if (end !== undefined) this.#sequences.delete(sequence);
        }
        return;
      case "sequence-stopped":
      case "sequence-failed":
        this.#charge(message.sequence, message.totals);
        this.#sequences.delete(message.sequence);
        return;
      case "sequence-preempted":
        return this.#charge(message.sequence, message.totals);
      case "engine-refused":
        this.#sequences.delete(message.sequence);
        return;
      default:
        return;
    }
  }

  /** Beside the time that its driver tells. */
  addTo(time: GpuTime, peak: PeakRates | undefined): GpuTime {
    const gflops = new Map([...this.#accounts.all()].map(([tenant, { gflop }]) => [tenant, gflop]));
    return {
      ...time,
      tenants: (time.tenants ?? []).map((one) => ({
        ...one,
        gflop: gflops.get(one.tenant) ?? 0,
      })),
      work: { gflop: this.#gflop, ...(peak === undefined ? {} : { peak }) },
    };
  }

  #charge(key: string, totals: ExecutedTotals): void {
    const served = this.#sequences.get(key);
    if (served === undefined) return;
    const passed = passedOf(served, totals);
    served.prefillTokens = Math.max(served.prefillTokens, totals.prefillTokens);
    served.outputTokens = Math.max(served.outputTokens, totals.outputTokens);
    const gflop = served.restGflop + flopsOf(this.#flops, passed) / 1e9;
    const whole = Math.floor(gflop);
    served.restGflop = gflop - whole;
    this.#gflop += whole;
    this.#accounts.of(served.tenant).gflop += whole;
  }
}

/** Since it was last told. The first output comes with the prompt's last token, each other one with a pass of its own. */
function passedOf(
  { givenTokens, prefillTokens, outputTokens }: Served,
  totals: ExecutedTotals,
): { tokens: number; outputs: number; pairs: number } {
  const prefilled = Math.max(0, totals.prefillTokens - prefillTokens);
  const outputs = Math.max(0, totals.outputTokens - outputTokens);
  const decodedBefore = Math.max(0, outputTokens - 1);
  const decoded = Math.max(0, outputTokens + outputs - 1) - decodedBefore;
  const past = totals.cachedTokens + prefillTokens;
  return {
    tokens: prefilled + decoded,
    outputs,
    pairs:
      prefilled * (past + prefilled / 2) +
      decoded * (givenTokens + decodedBefore + (decoded + 1) / 2),
  };
}
