// What one step of an engine that we batch ourselves computes: a token of everything that decodes, and prompt tokens up to
// a budget. Laws: every prompt moves on in each step, so that nobody takes it for lost; the rest of the budget goes to the
// lowest band, in a band to the tenant that had least for its weight, in a tenant by arrival.

import type { TenantId } from "#shared/model/ids.ts";

/** A sequence that may step, as the plan sees it. In order of arrival. */
export interface Stepping {
  readonly tenant: TenantId;
  readonly weight: number;
  readonly band: number;
  /** Known tokens that it has still to compute; of one that decodes: its newest alone. */
  readonly leftTokens: number;
}

/** Prompt tokens that each tenant was given, over its weight. Idle tenants bank no credit. */
export class PromptShares {
  #tags = new Map<TenantId, number>();
  /** The least tag of those that had a prompt when it was last asked; never falls. */
  #now = 0;

  /** Tenants with a prompt, now. */
  backlogged(tenants: Iterable<TenantId>): void {
    const tags = new Map<TenantId, number>();
    let least = Infinity;
    for (const tenant of tenants) {
      const tag = Math.max(this.#now, this.#tags.get(tenant) ?? 0);
      tags.set(tenant, tag);
      least = Math.min(least, tag);
    }
    if (least < Infinity) this.#now = least;
    // Whoever is ahead stays known until the others have caught up.
    for (const [tenant, tag] of this.#tags) {
      if (!tags.has(tenant) && tag > this.#now) tags.set(tenant, tag);
    }
    this.#tags = tags;
  }

  tag(tenant: TenantId): number {
    return this.#tags.get(tenant) ?? this.#now;
  }

  charge({ tenant, weight }: Stepping, tokens: number): void {
    this.#tags.set(tenant, this.tag(tenant) + tokens / weight);
  }
}

/** Equal tenants take turns with so many. */
const turnTokens = 16;

/** How many tokens each computes, in the order of `stepping`; 0: none, for there is no room in the step. */
export function planParts(
  stepping: readonly Stepping[],
  {
    promptTokens,
    stepTokensMax,
  }: { readonly promptTokens: number; readonly stepTokensMax: number },
  shares: PromptShares,
): readonly number[] {
  let room = stepTokensMax;
  const parts = stepping.map((): number => {
    room--;
    return room >= 0 ? 1 : 0;
  });
  const prompts = stepping
    .map((sequence, index) => ({ sequence, index }))
    .filter(({ sequence, index }) => sequence.leftTokens > 1 && parts[index] === 1);
  shares.backlogged(prompts.map(({ sequence }) => sequence.tenant));
  for (const { sequence } of prompts) shares.charge(sequence, 1);
  let budget = Math.min(room, promptTokens - prompts.length);
  while (budget > 0) {
    const open = prompts.filter(({ sequence, index }) => sequence.leftTokens > (parts[index] ?? 0));
    const [first] = open.sort((a, b) => order(a.sequence, b.sequence, shares) || a.index - b.index);
    if (first === undefined) break;
    const { sequence, index } = first;
    const given = parts[index] ?? 0;
    const turn = Math.min(budget, turnTokens, sequence.leftTokens - given);
    parts[index] = given + turn;
    shares.charge(sequence, turn);
    budget -= turn;
  }
  return parts;
}

const order = (a: Stepping, b: Stepping, shares: PromptShares): number =>
  a.band - b.band || shares.tag(a.tenant) - shares.tag(b.tenant);
