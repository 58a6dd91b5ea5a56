// A policy by its name. What differs between them is one order of tenants; the figures they take stand here.

import type { CostWeights } from "#shared/model/cost.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { PolicyName } from "#shared/model/policy-name.ts";
import { dlpm } from "./dlpm.ts";
import { drr } from "./drr.ts";
import { fcfs } from "./fcfs.ts";
import { lcf } from "./lcf.ts";
import { predictedCost, promptCost, trueCost } from "./order-costs.ts";
import { Policy } from "./policy.ts";
import { Rpm } from "./rpm.ts";
import { sfq } from "./sfq.ts";
import type { TenantOrder } from "./tenant-order.ts";
import { vtcOracle } from "./vtc-oracle.ts";
import { vtc } from "./vtc.ts";
import { wfq } from "./wfq.ts";

export interface PolicyFigures {
  /** µcost per weight, of drr and dlpm: a round's share. */
  readonly quantum: number;
  /** Of rpm. */
  readonly requestsPerMinute: number;
  readonly costWeights: CostWeights;
  /** For vtc-oracle: how long the answer to this offer will be. */
  readonly outputTokensOf: (offer: Offer) => number;
}

export const policyFiguresDefault: PolicyFigures = {
  // 128 output tokens at weight 1.
  quantum: 256_000,
  requestsPerMinute: 20,
  costWeights: costWeightsDefault,
  outputTokensOf: ({ outputTokensMax }) => outputTokensMax,
};

export function policyNamed(name: PolicyName, figures: Partial<PolicyFigures> = {}): Policy {
  const all = { ...policyFiguresDefault, ...figures };
  return new Policy(name, () => orderNamed(name, all), all.costWeights);
}

function orderNamed(name: PolicyName, figures: PolicyFigures): TenantOrder {
  const { quantum, requestsPerMinute, costWeights, outputTokensOf } = figures;
  switch (name) {
    case "fcfs":
      return fcfs(promptCost(costWeights));
    case "lcf":
      return lcf(promptCost(costWeights));
    case "rpm":
      return new Rpm(promptCost(costWeights), requestsPerMinute);
    case "drr":
      return drr(predictedCost(costWeights), quantum);
    case "vtc":
      return vtc(promptCost(costWeights));
    case "vtc-oracle":
      return vtcOracle(trueCost(costWeights, outputTokensOf));
    case "dlpm":
      return dlpm(promptCost(costWeights), quantum);
    case "sfq":
      return sfq(predictedCost(costWeights));
    case "wfq":
      return wfq(predictedCost(costWeights));
    default:
      return name satisfies never;
  }
}
