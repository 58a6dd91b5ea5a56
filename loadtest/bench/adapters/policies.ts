// The evictions and placements that are compared, on one replica and on eight: what each bears of a load whose popular
// adapters change, and how late first tokens are and how unequal tenants at one rate that is the same for all.

import { adapterRequests, adapterSet } from "./adapter-load.ts";
import type { AdapterFigures, AdapterFleet, AdapterVariant, Targets } from "./measure.ts";
import { measureAdapters } from "./measure.ts";
import { capacity, rateAt } from "./slo-capacity.ts";

export interface PolicyCase {
  /** Whether every host has all adapters in RAM, or a part. */
  readonly ram: "all" | "part";
  readonly adapters: number;
  readonly replicas: number;
  readonly slots: number;
  readonly hostBytesMax: number;
  readonly targets: Targets;
  readonly seconds: number;
}

const tenants = 32;
/** All linear modules of an 8B model, fp16. */
const bytesPerRank = 5.24e6;
const warmUpPart = 0.3;
/** Five times in a run the four most popular fall. */
const driftPart = 0.2;
/** Of the grid: eight requests a second and replica. */
export const comparedAt = 18;

export interface PolicyRow {
  readonly ram: "all" | "part";
  readonly replicas: number;
  readonly eviction: string;
  readonly placement: string;
  readonly offered_rps: number;
  readonly ttft_p99_ms: number;
  /** Output tokens per weight. */
  readonly max_gap: number;
  readonly slo_capacity_rps: number;
}

/** Llama-3-8B on an H100; eight slots of the largest rank leave 52 GB for KV. */
export function fleetOf(of: PolicyCase): AdapterFleet {
  const { adapters, replicas, slots, hostBytesMax } = of;
  return {
    replicas,
    tenants,
    engine: {
      kind: "simulated",
      profile: "llama3_8b/tp1/bfloat16",
      gpus: 1,
      kvBlocks: 24_000,
      kvBlockTokens: 16,
      sequencesMax: 256,
      stepTokensMax: 1024,
      adapterSlots: slots,
      timeScale: 1,
    },
    set: adapterSet({ adapters, tenants, bytesPerRank }),
    hostBytesMax,
    areInHostMemory: true,
  };
}

export class PolicyBench {
  readonly #case: PolicyCase;
  readonly #fleet: AdapterFleet;
  #near = comparedAt;

  constructor(of: PolicyCase) {
    this.#case = of;
    this.#fleet = fleetOf(of);
  }

  row(variant: AdapterVariant): PolicyRow {
    const { ram, replicas } = this.#case;
    const known = new Map<number, AdapterFigures>();
    const at = (perS: number): AdapterFigures => {
      const figures = known.get(perS) ?? this.measureAt(variant, perS);
      known.set(perS, figures);
      return figures;
    };
    const compared = at(rateAt(comparedAt));
    const { perS, place } = capacity(at, this.#near);
    this.#near = Math.max(0, place);
    return {
      ram,
      replicas,
      ...variant,
      offered_rps: rounded(rateAt(comparedAt) * replicas),
      ttft_p99_ms: Math.round(compared.ttftP99Ms),
      max_gap: Math.round(compared.maxGap),
      slo_capacity_rps: rounded(perS * replicas),
    };
  }

  /** Requests a second and replica. */
  measureAt(variant: AdapterVariant, perS: number): AdapterFigures {
    const { replicas, seconds, targets } = this.#case;
    const requests = adapterRequests({
      set: this.#fleet.set,
      alpha: 1,
      perS: perS * replicas,
      requests: Math.round(perS * replicas * seconds),
      seed: 1,
      promptTokens: [8, 512],
      outputTokens: [8, 256],
      driftPart,
    });
    const countedFrom = Math.floor(requests.length * warmUpPart);
    return measureAdapters(requests, variant, { fleet: this.#fleet, targets, countedFrom });
  }
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
