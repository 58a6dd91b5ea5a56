// A pool of one engine with so many sequences at once, around a policy, for tests: in each step every running sequence
// computes its prompt or one more token and is charged for it; then free sequences are given to who is first. What
// each tenant was served is counted here, apart from the policy's own books.

import type { Offer } from "#shared/messages/to-router.ts";
import { costWeightsDefault } from "#shared/model/cost.ts";
import type { Policy } from "./policy.ts";
import type { Taken, Wish } from "./scripted-policy.ts";
import { ScriptedPolicy } from "./scripted-policy.ts";

const { promptToken, outputToken } = costWeightsDefault;

/** One request, as its tenant means it and as it turns out. */
export interface Trick {
  readonly promptTokens: number;
  readonly predicted: number;
  readonly outputTokens: number;
  /** Its client leaves after so many tokens; 0: at once. Absent: it stays. */
  readonly abortsAfter?: number | undefined;
  /** It is preempted once after so many tokens, and computes all that again. */
  readonly preemptedAfter?: number | undefined;
  /** What a cache is believed to hold of its prompt, and holds. */
  readonly believedTokens: number;
  readonly cachedTokens: number;
}

export interface Player {
  readonly weight: number;
  readonly band?: number;
  readonly bandFloorPercent?: number;
  /** Played in turn, over and over. */
  readonly tricks: readonly Trick[];
  /** Offers kept waiting. */
  readonly backlog: number;
  /** Steps in which it asks for anything. Absent: all. */
  readonly asks?: (step: number) => boolean;
}

interface Running extends Taken {
  readonly trick: Trick;
  tokens: number;
  cost: number;
}

export class PlayedPool {
  readonly script: ScriptedPolicy;
  readonly #players: readonly Player[];
  readonly #sequencesMax: number;
  readonly #tricks: Map<string, Trick> = new Map();
  readonly #turns: number[];
  #running: Running[] = [];
  /** µcost executed so far, by player. */
  readonly served: number[];
  /** Places given so far, by player. */
  readonly places: number[];
  stepMs = 50;
  #steps = 0;

  constructor(policy: Policy, players: readonly Player[], sequencesMax: number) {
    this.script = new ScriptedPolicy(policy);
    this.#players = players;
    this.#sequencesMax = sequencesMax;
    this.#turns = players.map(() => 0);
    this.served = players.map(() => 0);
    this.places = players.map(() => 0);
  }

  get running(): number {
    return this.#running.length;
  }

  outputTokensOf({ requestId }: Offer): number {
    return this.#tricks.get(requestId)?.outputTokens ?? 0;
  }

  waitingOf(player: number): number {
    return this.script.accounts.get(`t${player}`)?.waiting.size ?? 0;
  }

  runningOf(player: number): number {
    return this.#running.filter(({ account }) => account.tenant === `t${player}`).length;
  }

  step(): void {
    this.script.nowMs += this.stepMs;
    this.script.policy.passTo(this.script.nowMs);
    this.#running = this.#running.filter((sequence) => this.#goesOn(sequence));
    for (const [player, { asks, backlog }] of this.#players.entries()) {
      if (asks !== undefined && !asks(this.#steps)) continue;
      while (this.waitingOf(player) < backlog) this.#ask(player);
    }
    while (this.#running.length < this.#sequencesMax && this.#admit()) continue;
    this.#steps += 1;
  }

  #ask(player: number): void {
    const { tricks, weight, band = 0, bandFloorPercent } = this.#players[player] as Player;
    const turn = this.#turns[player] ?? 0;
    this.#turns[player] = turn + 1;
    const trick = tricks[turn % tricks.length] as Trick;
    const { promptTokens, predicted } = trick;
    this.#offer(`t${player}`, trick, {
      promptTokens,
      predicted,
      weight,
      band,
      ...(bandFloorPercent === undefined ? {} : { bandFloorPercent }),
    });
  }

  #offer(tenant: string, trick: Trick, wish: Partial<Wish>): void {
    // Known before it stands in the order: who may know lengths asks at once.
    this.#tricks.set(this.script.nextRequestId(), trick);
    this.script.enter(tenant, wish);
  }

  #admit(): boolean {
    const taken = this.script.takeFirst(
      (waiting) => this.#tricks.get(waiting.offer.requestId)?.believedTokens ?? 0,
    );
    if (taken === undefined) return false;
    const { requestId } = taken.waiting.offer;
    const trick = this.#tricks.get(requestId) as Trick;
    this.#tricks.delete(requestId);
    const player = Number(taken.account.tenant.slice(1));
    this.places[player] = (this.places[player] ?? 0) + 1;
    this.#running.push({ ...taken, trick, tokens: 0, cost: 0 });
    return true;
  }

  /** One more step of it. False: it is over, or preempted. */
  #goesOn(sequence: Running): boolean {
    const { trick, account, charge, tokens } = sequence;
    if (trick.abortsAfter !== undefined && tokens >= trick.abortsAfter) return this.#end(sequence);
    const isFirst = tokens === 0;
    const cost = isFirst ? (trick.promptTokens - trick.cachedTokens) * promptToken : 0;
    sequence.cost += cost + outputToken;
    sequence.tokens += 1;
    const player = Number(account.tenant.slice(1));
    this.served[player] = (this.served[player] ?? 0) + cost + outputToken;
    this.script.policy.executed(account, charge, sequence.cost);
    if (sequence.tokens >= trick.outputTokens) return this.#end(sequence);
    return sequence.tokens === trick.preemptedAfter ? this.#preempt(sequence) : true;
  }

  #end(sequence: Running): false {
    this.script.end(sequence, sequence.cost);
    return false;
  }

  #preempt(sequence: Running): false {
    const { trick, account, tokens, waiting } = sequence;
    this.#end(sequence);
    const promptTokens = trick.promptTokens + tokens;
    const left = trick.outputTokens - tokens;
    const again: Trick = {
      promptTokens,
      predicted: Math.max(1, trick.predicted - tokens),
      outputTokens: left,
      believedTokens: 0,
      cachedTokens: 0,
    };
    const { weight, band } = waiting.offer;
    this.#offer(account.tenant, again, { promptTokens, predicted: again.predicted, weight, band });
    return false;
  }
}
