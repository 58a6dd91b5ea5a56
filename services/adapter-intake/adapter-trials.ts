// Has uploaded adapters tried: asks one edge after another to run a short request with each, until one says what became of it or
// time is up. Law: silence is no pass, whichever edge dies meanwhile.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Host } from "#shared/actor/host.ts";
import { adapterTrialsAddress, trialDeskAddress } from "#shared/messages/addresses.ts";
import type { ToAdapterTrials } from "#shared/messages/to-adapter-trials.ts";
import type { RunTrial } from "#shared/messages/to-trial-desk.ts";
import type { AdapterTrial, TrialEnd, TriedAdapter } from "#shared/model/adapter-trial.ts";
import type { AdapterDigest, EdgeId } from "#shared/model/ids.ts";

export interface TrialPorts {
  readonly host: Pick<Host, "attach" | "send">;
  readonly process: string;
  /** Those that are there now. */
  readonly edges: () => readonly EdgeId[];
  readonly timeoutMs: number;
}

const lookEveryMs = 20;
/** A message may be lost: said again to an edge that has not answered. */
const sayAgainMs = 1_000;
/** What an edge could not begin may be possible soon: it has not followed the fleet yet, or its zone has no worker. */
const pauseMs = 100;

export class AdapterTrials implements AdapterTrial {
  readonly #ports: TrialPorts;
  readonly #answers = new Map<string, { readonly round: number; readonly end: TrialEnd }>();
  readonly #open = new Set<string>();
  #isStopped = false;

  constructor(ports: TrialPorts) {
    this.#ports = ports;
    ports.host.attach("adapter-trials", (_to, _from, message) =>
      this.#hear(message as ToAdapterTrials),
    );
  }

  /** Those that run end as `stopped`, and those that would begin. */
  stop(): void {
    this.#isStopped = true;
  }

  async run({ model, digest }: TriedAdapter): Promise<TrialEnd> {
    const trial = randomUUID();
    const deadlineMs = performance.now() + this.#ports.timeoutMs;
    const asked = { kind: "run-trial", trial, model, digest: digest as AdapterDigest } as const;
    this.#open.add(trial);
    let last: TrialEnd = { verdict: "unavailable", code: "no_edge" };
    try {
      for (let round = 1; performance.now() < deadlineMs && !this.#isStopped; round++) {
        const edges = this.#ports.edges().toSorted();
        const edge = edges[round % Math.max(1, edges.length)];
        const end =
          edge === undefined ? undefined : await this.#ask(edge, { ...asked, round }, deadlineMs);
        last = end ?? last;
        if (last.verdict !== "unavailable") return last;
        await sleep(pauseMs);
      }
    } finally {
      this.#open.delete(trial);
      this.#answers.delete(trial);
    }
    return this.#isStopped ? { verdict: "stopped", code: "" } : last;
  }

  /** Undefined: it is gone, or time is up. */
  async #ask(
    edge: EdgeId,
    asked: Omit<RunTrial, "timeoutMs">,
    deadlineMs: number,
  ): Promise<TrialEnd | undefined> {
    const { host, process, edges } = this.#ports;
    const { trial, round } = asked;
    // The edge's own end comes first: it knows whether a worker had it.
    const graceMs = 500;
    let sayAtMs = 0;
    for (;;) {
      const nowMs = performance.now();
      const answer = this.#answers.get(trial);
      if (answer?.round === round) return answer.end;
      if (this.#isStopped || nowMs > deadlineMs + graceMs || !edges().includes(edge)) {
        return undefined;
      }
      if (nowMs >= sayAtMs) {
        sayAtMs = nowMs + sayAgainMs;
        const timeoutMs = Math.max(1, Math.ceil(deadlineMs - nowMs));
        host.send(adapterTrialsAddress(process), trialDeskAddress(edge), { ...asked, timeoutMs });
      }
      await sleep(lookEveryMs);
    }
  }

  #hear({ trial, round, verdict, code }: ToAdapterTrials): void {
    if (this.#open.has(trial)) this.#answers.set(trial, { round, end: { verdict, code } });
  }
}
