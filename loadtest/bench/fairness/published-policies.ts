// The orders of the published runs, each with exactly its artefact's rules: counters move at admission and at every
// decode step, and nothing is charged that the artefact does not charge.

import type { SuiteRequest } from "./suite-request.ts";
import { outputTokenCost, promptTokenCost } from "./suite-request.ts";

export interface PublishedPolicy {
  arrived(request: SuiteRequest): void;
  /** Which request is admitted next, if it fits. */
  head(): SuiteRequest | undefined;
  /** The head has been admitted. */
  admitted(request: SuiteRequest): void;
  /** A decode step made one more token of it. */
  decoded(request: SuiteRequest): void;
}

export function firstCome(): PublishedPolicy {
  const queue: SuiteRequest[] = [];
  return {
    arrived: (request) => void queue.push(request),
    head: () => queue[0],
    admitted: () => void queue.shift(),
    decoded: () => undefined,
  };
}

interface Counter {
  value: number;
  readonly queue: SuiteRequest[];
}

/** Virtual token counters. `knowsLengths`: the oracle, which charges the whole output at admission. */
export function tokenCounters(
  weights: readonly number[],
  { knowsLengths }: { readonly knowsLengths: boolean },
): PublishedPolicy {
  // In the order in which clients were first seen, which breaks ties.
  const counters = new Map<number, Counter>();
  const least = (): Counter | undefined => {
    let found: Counter | undefined;
    for (const counter of counters.values()) {
      if (counter.queue.length === 0) continue;
      if (found === undefined || counter.value < found.value) found = counter;
    }
    return found;
  };
  const charge = ({ client }: SuiteRequest, cost: number): void => {
    const counter = counters.get(client);
    if (counter !== undefined) counter.value += cost / (weights[client] ?? 1);
  };
  return {
    arrived(request) {
      const counter = counters.get(request.client) ?? { value: 0, queue: [] };
      // The lift: a client that returns starts no lower than the least of those that wait.
      if (counter.queue.length === 0) {
        counter.value = Math.max(counter.value, least()?.value ?? counter.value);
      }
      counters.set(request.client, counter);
      counter.queue.push(request);
    },
    head: () => least()?.queue[0],
    admitted(request) {
      counters.get(request.client)?.queue.shift();
      charge(request, request.promptTokens * promptTokenCost);
      if (knowsLengths) charge(request, request.outputTokens * outputTokenCost);
    },
    decoded(request) {
      if (!knowsLengths) charge(request, outputTokenCost);
    },
  };
}
