// The engine loop that the published figures come from, to check this benchmark's metrics, workloads and timing
// against them before anything is compared: no chunked prefill, no preemption, reservations exact because
// lengths are. Every admission runs a prefill step of its own, in which decodes stand still.

import type { StepProfile } from "#services/worker/engine/profiles/step-profile.ts";
import { emptyLoad, stepTime, totalMs } from "#services/worker/engine/step-time.ts";
import type { PublishedPolicy } from "./published-policies.ts";
import type { Delivery, SuiteRequest } from "./suite-request.ts";

export interface LoopSize {
  readonly kvTokens: number;
  /** Of one prefill step, new prompts only. */
  readonly prefillTokensMax: number;
  readonly sequencesMax: number;
  /** Decode steps before the next admission is tried. */
  readonly decodesBetween: number;
}

export const publishedSize: LoopSize = {
  kvTokens: 10_000,
  prefillTokensMax: 3072,
  sequencesMax: 1000,
  decodesBetween: 10,
};

interface Running {
  readonly request: SuiteRequest;
  readonly tokensAtMs: number[];
}

export interface PublishedLoop {
  readonly profile: StepProfile;
  readonly size: LoopSize;
  readonly policy: PublishedPolicy;
}

/** Serves everything, in order of arrival times, until it has drained. */
export function runPublishedLoop(
  requests: readonly SuiteRequest[],
  loop: PublishedLoop,
): readonly Delivery[] {
  return new Loop(requests, loop).run();
}

class Loop {
  readonly #requests: readonly SuiteRequest[];
  readonly #loop: PublishedLoop;
  readonly #delivered: Delivery[] = [];
  #running: Running[] = [];
  #arrived = 0;
  #nowMs = 0;
  #decodes = 0;

  constructor(requests: readonly SuiteRequest[], loop: PublishedLoop) {
    this.#requests = requests;
    this.#loop = loop;
  }

  run(): readonly Delivery[] {
    const { policy, size } = this.#loop;
    for (;;) {
      this.#takeArrivals();
      const isEmpty = this.#running.length === 0;
      const mayAdmit = isEmpty || this.#decodes >= size.decodesBetween;
      const admitted = mayAdmit ? this.#admit() : [];
      if (admitted.length > 0) this.#prefill(admitted);
      else if (!isEmpty) this.#decode();
      else if (policy.head() !== undefined) throw new Error("a request is larger than the engine");
      else if (!this.#waitForArrival()) return this.#delivered;
    }
  }

  #takeArrivals(): void {
    for (;;) {
      const next = this.#requests[this.#arrived];
      if (next === undefined || next.atMs > this.#nowMs) return;
      this.#arrived++;
      this.#loop.policy.arrived(next);
    }
  }

  #waitForArrival(): boolean {
    const next = this.#requests[this.#arrived];
    if (next === undefined) return false;
    this.#nowMs = next.atMs;
    return true;
  }

  /** Heads in the policy's order, until the first that does not fit. */
  #admit(): Running[] {
    const { policy, size } = this.#loop;
    const admitted: Running[] = [];
    let prefillTokens = 0;
    for (;;) {
      const request = policy.head();
      if (request === undefined) return admitted;
      prefillTokens += request.promptTokens;
      const candidate = { request, tokensAtMs: [] };
      const together = [...this.#running, ...admitted, candidate];
      const fits =
        prefillTokens <= size.prefillTokensMax &&
        together.length <= size.sequencesMax &&
        peakTokens(together) < size.kvTokens;
      if (!fits) return admitted;
      policy.admitted(request);
      admitted.push(candidate);
    }
  }

  #prefill(admitted: readonly Running[]): void {
    const load = emptyLoad();
    for (const { request } of admitted) load.prefillTokens += request.promptTokens;
    this.#nowMs += totalMs(stepTime(this.#loop.profile, load));
    this.#decodes = 0;
    this.#running.push(...admitted);
    for (const { tokensAtMs } of admitted) tokensAtMs.push(this.#nowMs);
    this.#finish();
  }

  #decode(): void {
    const load = emptyLoad();
    load.decodes = this.#running.length;
    for (const { request, tokensAtMs } of this.#running) {
      load.decodeContextTokens += request.promptTokens + tokensAtMs.length;
    }
    this.#nowMs += totalMs(stepTime(this.#loop.profile, load));
    this.#decodes++;
    for (const { request, tokensAtMs } of this.#running) {
      tokensAtMs.push(this.#nowMs);
      this.#loop.policy.decoded(request);
    }
    this.#finish();
  }

  #finish(): void {
    this.#running = this.#running.filter((running) => {
      const isOver = running.tokensAtMs.length >= running.request.outputTokens;
      if (isOver) this.#delivered.push(running);
      return !isOver;
    });
  }
}

/** The most KV tokens that these will ever hold together, if each ends exactly at its length. */
function peakTokens(running: readonly Running[]): number {
  const sizes = running
    .map(({ request, tokensAtMs }) => {
      const generated = Math.max(tokensAtMs.length, 1);
      const isNew = tokensAtMs.length === 0;
      const left = request.outputTokens - generated - (isNew ? 0 : 1);
      return { held: request.promptTokens + generated, left: Math.max(left, 0) };
    })
    .toSorted((a, b) => b.left - a.left);
  let peak = 0;
  let held = 0;
  for (const [index, size] of sizes.entries()) {
    held += size.held;
    peak = Math.max(peak, held + (index + 1) * size.left);
  }
  return peak;
}
