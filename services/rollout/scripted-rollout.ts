// A decider with a clock, a keeper that answers when told, and edges that see what the script says: what it asks for is written
// down as lines, for transcripts.

import type { Address, Effect } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import type { ToArmDesk } from "#shared/messages/to-arm-desk.ts";
import type { ToRollout } from "#shared/messages/to-rollout.ts";
import type { ToRolloutKeeper } from "#shared/messages/to-rollout-keeper.ts";
import { bucketOf, noCounts, noRolloutCounts } from "#shared/model/arm-counts.ts";
import type { ArmCounts, RolloutCounts } from "#shared/model/arm-counts.ts";
import type { AdapterDigest, EdgeId } from "#shared/model/ids.ts";
import type {
  RolloutChange,
  RolloutPlan,
  RolloutRecord,
  RolloutVerb,
} from "#shared/model/rollout.ts";
import type { RolloutProgress } from "#shared/model/rollout-progress.ts";
import { readWish } from "./read-wish.ts";
import { rollout } from "./rollout.actor.ts";

const self = "rollout/decider/r1" as Address;
const keeper = "rollout-keeper/p1" as Address;

const begun: RolloutRecord = {
  id: "r1",
  model: "m",
  name: "tone",
  from: "a".repeat(64) as AdapterDigest,
  to: "b".repeat(64) as AdapterDigest,
  share: 0,
  shadowShare: 0,
  state: "live",
  stage: 0,
  revision: 1,
  reason: "begun",
  startedAtEpochMs: 0,
};

interface Edge {
  life: number;
  counts: RolloutCounts;
}

export class ScriptedRollout {
  readonly lines: string[] = [];
  #state = rollout.init(self);
  #plan: RolloutPlan | undefined;
  #record = begun;
  #progress: RolloutProgress | undefined;
  #pending: RolloutChange | undefined;
  #tickAtMs: number | undefined;
  #nowMs = 0;
  readonly #edges = new Map<string, Edge>();

  run(command: string): void {
    const [verb = "", ...words] = command.split(" ");
    const does = this.#does[verb];
    if (does === undefined) throw new Error(`unknown command: ${command}`);
    does(words);
  }

  readonly #does: Readonly<Record<string, (words: readonly string[]) => void>> = {
    rollout: (words) => this.#begin(words),
    wait: ([ms]) => this.#wait(Number(ms)),
    seen: ([edge = "", arm = "", ...figures]) => {
      this.#see(edge, arm as keyof RolloutCounts, figures);
      this.#report(edge);
    },
    report: ([edge = ""]) => this.#report(edge),
    restart: ([edge = ""]) => {
      const { life } = this.#edgeOf(edge);
      this.#edges.set(edge, { life: life + 1, counts: noRolloutCounts });
    },
    kept: () => this.#kept(true),
    lost: () => this.#kept(false),
    tell: ([verb]) =>
      this.#receive({
        kind: "rollout-command",
        verb: verb as RolloutVerb,
        actor: "operator",
      }),
    "take-over": () => {
      this.#state = rollout.init(self);
      this.#resume();
    },
    "begin-again": () => this.#resume(),
    output: ([index, round, ...words]) =>
      this.#receive({
        kind: "golden-output",
        index: Number(index),
        round: Number(round),
        output: words.join(" "),
      }),
    "no-output": ([index, round, ...words]) =>
      this.#receive({
        kind: "golden-output",
        index: Number(index),
        round: Number(round),
        output: "",
        fault: words.join(" "),
      }),
    judged: ([index, how, ...why]) =>
      this.#receive({
        kind: "golden-judged",
        index: Number(index),
        isRight: how === "right",
        why: why.join(" "),
      }),
  };

  /** `{…}`: the body of the operator's call, but for its names. */
  #begin(words: readonly string[]): void {
    const wish = readWish({ name: "m:tone", to: "m:tone-v2", ...JSON.parse(words.join(" ")) });
    if (wish.kind === "refused") throw new Error(wish.why);
    this.#plan = wish.wish.plan;
    const [first] = this.#plan.stages;
    this.#record = {
      ...begun,
      share: first?.share ?? 0,
      shadowShare: first?.shadowShare ?? 0,
    };
    this.#resume();
  }

  #resume(): void {
    if (this.#plan === undefined) throw new Error("there is no rollout");
    this.#receive({
      kind: "begin-rollout",
      record: this.#record,
      plan: this.#plan,
      ...(this.#progress === undefined ? {} : { progress: this.#progress }),
    });
  }

  #edgeOf(name: string): Edge {
    const edge = this.#edges.get(name) ?? { life: 1, counts: noRolloutCounts };
    this.#edges.set(name, edge);
    return edge;
  }

  /** `100 errors=2 crashes=1 ttft=50 tpot=9`: so many requests more, all of them over. */
  #see(name: string, arm: keyof RolloutCounts, [requests, ...figures]: readonly string[]): void {
    const edge = this.#edgeOf(name);
    const count = Number(requests);
    const given = new Map(figures.map((one) => one.split("=") as [string, string]));
    const figure = (of: string): number => Number(given.get(of) ?? 0);
    const before: ArmCounts = edge.counts[arm];
    const completed = count - figure("errors");
    const plus = (sketch: readonly number[], ms: number): readonly number[] =>
      ms === 0 ? sketch : added(sketch, bucketOf(ms), completed);
    edge.counts = {
      ...edge.counts,
      [arm]: {
        ...noCounts,
        requests: before.requests + count,
        completed: before.completed + completed,
        errors: before.errors + figure("errors"),
        crashes: before.crashes + figure("crashes"),
        ttftComputed: plus(before.ttftComputed, figure("ttft")),
        tpot: plus(before.tpot, figure("tpot")),
      } satisfies ArmCounts,
    };
  }

  #report(name: string): void {
    const { life, counts } = this.#edgeOf(name);
    this.#receive({ kind: "arms-counted", edge: name as EdgeId, life, counts });
  }

  #kept(isKept: boolean): void {
    const pending = this.#pending;
    if (pending === undefined) throw new Error("nothing is to be kept");
    this.#pending = undefined;
    const { actor: _, ...changed } = pending;
    if (isKept) this.#record = { ...this.#record, ...changed };
    this.#receive({ kind: "rollout-kept", revision: pending.revision, isKept });
  }

  #wait(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#tickAtMs !== undefined && this.#tickAtMs <= endMs) {
      this.#nowMs = this.#tickAtMs;
      this.#tickAtMs = undefined;
      this.#receive({ kind: "timer-fired", name: "tick" });
    }
    this.#nowMs = endMs;
  }

  #receive(message: ToRollout): void {
    const from = message.kind === "begin-rollout" ? keeper : self;
    const effects = rollout.receive(this.#state, { from, nowMs: this.#nowMs, message });
    for (const effect of effects) this.#apply(effect);
    if (rollout.isFinished?.(this.#state) === true && this.#tickAtMs !== undefined) {
      this.lines.push("over");
      this.#tickAtMs = undefined;
    }
  }

  #apply(effect: Effect): void {
    if (effect.kind === "arm") this.#tickAtMs = effect.atMs;
    else if (effect.kind === "disarm") this.#tickAtMs = undefined;
    else if (effect.kind === "note") {
      const { rollout: _, adapter: __, ...fields } = effect.fields;
      const told = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
      this.lines.push(["note", effect.event, ...told].join(" "));
    } else if (kindOf(effect.to) === "arm-desk") {
      const { index, round } = effect.message as ToArmDesk;
      this.lines.push(`to ${effect.to}: run golden ${index} round ${round}`);
    } else this.#hear(effect.message as ToRolloutKeeper);
  }

  #hear(message: ToRolloutKeeper): void {
    if (message.kind === "keep-progress") {
      this.#progress = message.progress;
      return;
    }
    if (message.kind === "judge-golden") {
      this.lines.push(`to keeper: judge golden ${message.index}: ${message.output}`);
      return;
    }
    const { revision, state, stage, share, shadowShare, reason } = message.change;
    this.#progress = message.progress;
    // Said again until it is answered: written down once.
    if (this.#pending?.revision === revision) return;
    this.#pending = message.change;
    const shadow = shadowShare === 0 ? "" : ` shadow=${shadowShare}`;
    this.lines.push(
      `to keeper: revision=${revision} ${state} stage=${stage} share=${share}${shadow}: ${reason}`,
    );
  }
}

function added(sketch: readonly number[], bucket: number, count: number): readonly number[] {
  const length = Math.max(sketch.length, bucket + 1);
  return Array.from({ length }, (_, at) => (sketch[at] ?? 0) + (at === bucket ? count : 0));
}
