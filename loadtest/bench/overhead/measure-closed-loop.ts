// CPU of non-streamed requests at full speed: a fixed number of connections, each sending its next request when
// the last is answered.

import { cpuOfParts, growth } from "./part-figures.ts";
import type { PerPart, Target } from "./target.ts";
import { complete, completionBody, newAgent } from "./target.ts";

interface ClosedLoopPlan {
  readonly connections: number;
  readonly requests: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface ClosedLoop {
  readonly cpuSecondsPer1k: PerPart;
  readonly requestsPerSecond: number;
}

export async function measureClosedLoop(target: Target, plan: ClosedLoopPlan): Promise<ClosedLoop> {
  await loop(target, { ...plan, requests: Math.ceil(plan.requests / 3) });
  const cpuBefore = cpuOfParts(target);
  const startedAtMs = performance.now();
  await loop(target, plan);
  const seconds = (performance.now() - startedAtMs) / 1000;
  return {
    cpuSecondsPer1k: growth(cpuBefore, cpuOfParts(target), 1000 / plan.requests),
    requestsPerSecond: plan.requests / seconds,
  };
}

async function loop(target: Target, plan: ClosedLoopPlan): Promise<void> {
  const agent = newAgent();
  let left = plan.requests;
  const connection = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { promptTokens, outputTokens } = plan;
      await complete(
        target,
        agent,
        completionBody({ promptTokens, outputTokens, isStreamed: false }),
      );
    }
  };
  await Promise.all(Array.from({ length: plan.connections }, connection));
  agent.destroy();
}
