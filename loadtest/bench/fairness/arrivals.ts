// When clients send, as the published suites do it: evenly from a phase of their own, or as one Poisson process.

import type { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { SuiteRequest } from "./suite-request.ts";

export interface Lengths {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

export interface SteadyClient extends Lengths {
  readonly requestsPerS: number;
  /** Silent in every second minute. */
  readonly isOnOff?: boolean;
}

/** Client i sends its jth request, j = 1, 2, …, at its phase + j / rate. */
export function evenly(
  clients: readonly SteadyClient[],
  phasesS: readonly number[],
  horizonS: number,
): readonly SuiteRequest[] {
  const requests = clients.flatMap(
    ({ requestsPerS, promptTokens, outputTokens, isOnOff }, client) => {
      const count = Math.floor(requestsPerS * horizonS + 1e-9);
      return Array.from({ length: count }, (_, index) => ({
        client,
        atMs: ((phasesS[client] ?? 0) + (index + 1) / requestsPerS) * 1000,
        promptTokens,
        outputTokens,
      })).filter(({ atMs }) => isOnOff !== true || isOn(atMs));
    },
  );
  return inOrder(requests);
}

const isOn = (atMs: number): boolean => Math.floor(atMs / 60_000) % 2 === 0;

/** A phase each, uniform in the client's own period. */
export const drawPhases = (
  clients: readonly SteadyClient[],
  random: SeededRandom,
): readonly number[] => clients.map(({ requestsPerS }) => random.fraction() / requestsPerS);

/** One process of the rates' sum; each arrival falls to a client in proportion to its rate. */
export function poisson(
  clients: readonly SteadyClient[],
  horizonS: number,
  random: SeededRandom,
): readonly SuiteRequest[] {
  const rate = clients.reduce((sum, { requestsPerS }) => sum + requestsPerS, 0);
  let atMs = 0;
  return Array.from({ length: Math.floor(rate * horizonS) }, () => {
    atMs += (-Math.log(1 - random.fraction()) * 1000) / rate;
    const client = pickClient(clients, random.fraction() * rate);
    const { promptTokens, outputTokens } = clients[client] ?? { promptTokens: 1, outputTokens: 1 };
    return { client, atMs, promptTokens, outputTokens };
  });
}

function pickClient(clients: readonly SteadyClient[], point: number): number {
  let left = point;
  for (const [client, { requestsPerS }] of clients.entries()) {
    left -= requestsPerS;
    if (left < 0) return client;
  }
  return clients.length - 1;
}

export const inOrder = (requests: readonly SuiteRequest[]): readonly SuiteRequest[] =>
  requests.toSorted((a, b) => a.atMs - b.atMs || a.client - b.client);
