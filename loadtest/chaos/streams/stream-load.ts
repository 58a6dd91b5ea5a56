// So many streams open at once over all edges and tenants, each replaced when it ends: what goes on while things break.
// Beside them each tenant asks for one token four times a second: what shows when it is served again.

import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenStream } from "./open-stream.ts";
import { openStream } from "./open-stream.ts";
import type { RefusalRecord, StreamRecord } from "./stream-record.ts";

export interface LoadPlan {
  /** `host:port` each. */
  readonly edges: readonly string[];
  readonly streams: number;
  /** Of each stream, between half of it and all. */
  readonly outputTokensMax: number;
  /** Each so many-th stream that breaks is not read on. */
  readonly stayAwayEvery: number;
}

export interface LoadRecords {
  readonly streams: readonly StreamRecord[];
  readonly refusals: readonly RefusalRecord[];
}

/** The starter tier allows sixteen at once. */
const shares: readonly { readonly tenant: string; readonly share: number }[] = [
  { tenant: "acme", share: 0.6 },
  { tenant: "bolt", share: 0.36 },
  { tenant: "corner", share: 0.04 },
];
const patienceMs = 30_000;
const pauseAfterRefusalMs = 250;
const probeEveryMs = 250;
/** They do not all begin in one step. */
const beginOverMs = 2000;

export class StreamLoad {
  readonly #plan: LoadPlan;
  readonly #agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  readonly #open: Set<OpenStream> = new Set();
  readonly #streams: StreamRecord[] = [];
  readonly #refusals: RefusalRecord[] = [];
  readonly #clients: readonly Promise<void>[];
  readonly #probing: NodeJS.Timeout;
  readonly #probes: Set<Promise<boolean>> = new Set();
  #isStopping = false;
  #serial = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    const tenants = tenantsOf(plan.streams);
    this.#clients = tenants.map((tenant, index) => this.#client(tenant, index));
    let turn = 0;
    this.#probing = setInterval(() => {
      for (const { tenant } of shares) this.#probe(tenant, turn);
      turn += 1;
    }, probeEveryMs);
  }

  /** Streams that have text and are not over. */
  get flowing(): number {
    let count = 0;
    for (const stream of this.#open) if (stream.hasText()) count += 1;
    return count;
  }

  /** Every n-th of the open ones. */
  some(every: number): readonly OpenStream[] {
    return [...this.#open].filter((_, index) => index % every === 0);
  }

  /** Asks nothing new, and waits for what is open. */
  async stop(): Promise<LoadRecords> {
    this.#isStopping = true;
    clearInterval(this.#probing);
    await Promise.all([...this.#clients, ...this.#probes]);
    this.#agent.destroy();
    return { streams: this.#streams, refusals: this.#refusals };
  }

  async #client(tenant: string, index: number): Promise<void> {
    await sleep((beginOverMs * index) / this.#plan.streams);
    for (let turn = index; !this.#isStopping; turn++) {
      const isAccepted = await this.#ask(tenant, turn, this.#outputTokens());
      if (!isAccepted) await sleep(pauseAfterRefusalMs);
    }
  }

  #probe(tenant: string, turn: number): void {
    const probe = this.#ask(tenant, turn, 1);
    this.#probes.add(probe);
    void probe.finally(() => this.#probes.delete(probe));
  }

  #outputTokens(): number {
    const half = Math.ceil(this.#plan.outputTokensMax / 2);
    return half + (this.#serial % half);
  }

  async #ask(tenant: string, turn: number, outputTokens: number): Promise<boolean> {
    const { edges, stayAwayEvery } = this.#plan;
    const edge = edges[turn % edges.length] ?? "";
    const stream = openStream({
      staysAway: this.#serial % stayAwayEvery === 0,
      edge,
      others: edges.filter((other) => other !== edge),
      agent: this.#agent,
      tenant,
      prompt: `stream ${this.#serial++} of a fleet in which things break`,
      outputTokens,
      patienceMs,
    });
    this.#open.add(stream);
    const outcome = await stream.outcome;
    this.#open.delete(stream);
    if (outcome.kind === "accepted") this.#streams.push(outcome.record);
    else this.#refusals.push(outcome.refusal);
    return outcome.kind === "accepted";
  }
}

function tenantsOf(streams: number): readonly string[] {
  const tenants = shares.flatMap(({ tenant, share }) =>
    Array.from({ length: Math.max(1, Math.floor(streams * share)) }, () => tenant),
  );
  while (tenants.length < streams) tenants.push("acme");
  return tenants.slice(0, streams);
}
