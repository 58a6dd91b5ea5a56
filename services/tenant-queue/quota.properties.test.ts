// Laws of a hard quota under random schedules of owners that come and go without a word, answers that are lost, late or
// doubled, sessions that vanish and perhaps return, and a clock that steps: never more than the quota is used in a window,
// a crash between exchanges forfeits no more than the slice that was free, and one of an edge nothing in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect } from "#shared/actor/actor.ts";
import type { EscrowRecord } from "#shared/coordination/escrow.ts";
import { exchange } from "#shared/coordination/escrow.ts";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import { sliceTokens } from "./quota.ts";
import { pass, startScriptedQueue, tellCommand } from "./scripted-queue.ts";
import type { ScriptedQueue } from "./scripted-queue.ts";

const dailyTokens = 2000;
const dayMs = 86_400_000;

interface LiveRequest {
  readonly id: string;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  allowance: OutputAllowance | undefined;
  /** Its deadline: by then its session has ended. */
  readonly overAtMs: number;
  /** What ran of it for certain. */
  readonly outputTokens: number;
  readonly attempt: number;
  /** What its standing attempt was given as a prefix. */
  readonly forcedTokens: number;
}

/** Its edge is gone, or only away. */
interface VanishedRequest extends LiveRequest {
  readonly allowance: OutputAllowance;
}

const timeoutMs = 8000;

const outputOf = ({ allowance, outputTokens }: LiveRequest, share: number): number =>
  Math.max(outputTokens, Math.floor(((allowance?.outputTokens ?? 0) * share) / 100));

/** One tenant over several owners, its store, its sessions, and what they were allowed by day. */
class House {
  script: ScriptedQueue;
  epoch = 5;
  record: EscrowRecord | undefined;
  epochMs = Date.UTC(2026, 10, 28, 12);
  readonly questions: ExchangeEscrow[] = [];
  readonly live = new Map<string, LiveRequest>();
  readonly vanished = new Map<string, VanishedRequest>();
  /** Tokens that ran, by the day that allowed them. */
  readonly usedIn = new Map<string, number>();
  #count = 0;

  constructor() {
    this.script = startScriptedQueue(1000);
    this.place();
  }

  place(): void {
    this.tell(
      `placed quota=hard daily=${dailyTokens} epoch=${this.epoch} concurrency=100 tpm=1000000`,
    );
  }

  tell(line: string): void {
    this.hear(tellCommand(this.script, line));
  }

  hear(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "send") continue;
      const message = effect.message as { readonly kind: string; readonly requestId: string };
      if (message.kind === "exchange-escrow") {
        this.questions.push(message as unknown as ExchangeEscrow);
      }
      const live = this.live.get(message.requestId);
      if (live === undefined) continue;
      if (message.kind === "queued") {
        live.allowance = (message as { allowance?: OutputAllowance }).allowance ?? live.allowance;
      }
      if (message.kind === "refused") this.live.delete(live.id);
    }
  }

  submit(promptTokens: number, outputTokensMax: number): void {
    const id = `r${++this.#count}`;
    const overAtMs = this.script.nowMs + timeoutMs;
    const asked = { id, promptTokens, outputTokensMax, overAtMs };
    const fresh = { allowance: undefined, outputTokens: 0, attempt: 1, forcedTokens: 0 };
    this.live.set(id, { ...asked, ...fresh });
    this.tell(
      `submit ${id} prompt=${promptTokens} max=${outputTokensMax} remaining=${timeoutMs} epoch=${this.epoch}`,
    );
  }

  /** A part of it runs, and its session is heard of no more; what is told of it is told in `tellEnd`. */
  vanish(pick: number, share: number): void {
    const live = [...this.live.values()][pick % Math.max(1, this.live.size)];
    if (live?.allowance === undefined) return;
    const { allowance } = live;
    this.live.delete(live.id);
    const outputTokens = outputOf(live, share);
    this.vanished.set(live.id, { ...live, allowance, outputTokens });
    this.tell(`granted ${live.id} attempt=${live.attempt}`);
  }

  /** Its worker has ended the attempt. */
  tellEnd(pick: number): void {
    const gone = [...this.vanished.values()][pick % Math.max(1, this.vanished.size)];
    if (gone === undefined) return;
    const { id, attempt, promptTokens, outputTokens, forcedTokens } = gone;
    const output = outputTokens - forcedTokens;
    this.tell(`ended ${id} attempt=${attempt} prefill=${promptTokens} output=${output}`);
  }

  /** It was only away: it asks for its next attempt. */
  comeBack(pick: number): void {
    const gone = [...this.vanished.values()][pick % Math.max(1, this.vanished.size)];
    const remainingMs = (gone?.overAtMs ?? 0) - this.script.nowMs;
    if (gone === undefined || remainingMs <= 0) return;
    this.vanished.delete(gone.id);
    const { id, outputTokens, allowance, promptTokens, outputTokensMax } = gone;
    const attempt = gone.attempt + 1;
    this.live.set(id, { ...gone, attempt, forcedTokens: outputTokens });
    const held = `delivered=${outputTokens} allowed=${allowance.outputTokens} day=${allowance.day}`;
    this.tell(
      `submit ${id} admitted attempt=${attempt} ${held} prompt=${promptTokens} max=${outputTokensMax} remaining=${remainingMs}`,
    );
  }

  /** It was only away, and is over: it read to its end meanwhile. */
  sayLast(pick: number, share: number): void {
    const gone = [...this.vanished.values()][pick % Math.max(1, this.vanished.size)];
    if (gone === undefined || gone.overAtMs <= this.script.nowMs) return;
    this.vanished.delete(gone.id);
    this.live.set(gone.id, gone);
    this.finish(this.live.size - 1, share);
  }

  /** Live sessions are spoken for every two seconds, and end by their deadlines. */
  wait(ms: number): void {
    for (let left = ms; left > 0; left -= 2000) this.#waitShortly(Math.min(2000, left));
  }

  #waitShortly(ms: number): void {
    const untilMs = this.script.nowMs + ms;
    for (const { id, overAtMs } of this.live.values()) {
      if (overAtMs <= untilMs) this.finish([...this.live.keys()].indexOf(id), 100);
    }
    this.epochMs += ms;
    for (const { id } of this.live.values()) this.tell(`renew ${id}`);
    this.hear(pass(this.script, ms));
  }

  /** Tokens that ran, or may run yet, by the day that allowed them. */
  spent(): ReadonlyMap<string, number> {
    const spent = new Map(this.usedIn);
    const add = (day: string, tokens: number): void => {
      spent.set(day, (spent.get(day) ?? 0) + tokens);
    };
    for (const { allowance, promptTokens } of this.live.values()) {
      if (allowance !== undefined) add(allowance.day, promptTokens + allowance.outputTokens);
    }
    for (const { allowance, promptTokens, outputTokens, overAtMs } of this.vanished.values()) {
      const isOver = overAtMs <= this.script.nowMs;
      add(allowance.day, promptTokens + (isOver ? outputTokens : allowance.outputTokens));
    }
    return spent;
  }

  /** The store hears a question, new or doubled; its answer may be lost. */
  answer(pick: number, isLost: boolean): void {
    const question = this.questions[pick % Math.max(1, this.questions.length)];
    // The store's fence: what an earlier owner asks has no effect.
    if (question === undefined || question.shardEpoch !== this.epoch) return;
    const exchanged = exchange(this.record, question, this.epochMs);
    if (exchanged === undefined) return;
    this.record = exchanged.record;
    if (!isLost) this.hear(tellAnswer(this.script, exchanged.answer));
  }

  finish(pick: number, share: number): void {
    const live = [...this.live.values()][pick % Math.max(1, this.live.size)];
    if (live === undefined) return;
    this.live.delete(live.id);
    const { allowance, promptTokens } = live;
    const output = outputOf(live, share);
    if (allowance !== undefined) {
      const used = promptTokens + output;
      this.usedIn.set(allowance.day, (this.usedIn.get(allowance.day) ?? 0) + used);
    }
    const ran = allowance === undefined ? "" : ` prefill=${promptTokens} output=${output}`;
    this.tell(`finished ${live.id} attempt=${live.attempt}${ran}`);
  }

  /** The owner dies; the next collects what the sessions hold. */
  crash(): void {
    this.epoch += 1;
    const { nowMs } = this.script;
    this.script = startScriptedQueue(nowMs);
    this.place();
    for (const live of this.live.values()) {
      const { id, allowance, promptTokens, outputTokensMax, overAtMs, attempt } = live;
      const remainingMs = overAtMs - nowMs;
      const held =
        allowance === undefined
          ? ""
          : ` admitted allowed=${allowance.outputTokens} day=${allowance.day}`;
      this.tell(
        `submit ${id} attempt=${attempt}${held} prompt=${promptTokens} max=${outputTokensMax} remaining=${remainingMs}`,
      );
    }
  }
}

function tellAnswer(script: ScriptedQueue, answer: EscrowExchanged): readonly Effect[] {
  const words = [
    `granted=${answer.granted}`,
    `day=${answer.day}`,
    `month=${answer.month}`,
    `day-tokens=${answer.dayTokens}`,
    `month-tokens=${answer.monthTokens}`,
    `day-ends=${answer.dayEndsInMs}`,
    `epoch=${answer.shardEpoch}`,
  ];
  return tellCommand(script, `escrow ${answer.seq} ${words.join(" ")}`);
}

type Step =
  | { readonly act: "submit"; readonly prompt: number; readonly max: number }
  | { readonly act: "answer"; readonly pick: number; readonly isLost: boolean }
  | { readonly act: "finish"; readonly pick: number; readonly share: number }
  | { readonly act: "vanish"; readonly pick: number; readonly share: number }
  | { readonly act: "say-last"; readonly pick: number; readonly share: number }
  | { readonly act: "tell-end"; readonly pick: number }
  | { readonly act: "come-back"; readonly pick: number }
  | { readonly act: "crash" }
  | { readonly act: "step-clock"; readonly byMs: number }
  | { readonly act: "wait"; readonly ms: number };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant("submit" as const),
      prompt: fc.integer({ min: 1, max: 200 }),
      max: fc.integer({ min: 1, max: 900 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant("answer" as const),
      pick: fc.nat(50),
      isLost: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant("finish" as const),
      pick: fc.nat(20),
      share: fc.nat(100),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom("vanish" as const, "vanish" as const, "say-last" as const),
      pick: fc.nat(20),
      share: fc.nat(100),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constantFrom("tell-end" as const, "come-back" as const),
      pick: fc.nat(20),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: "crash" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant("step-clock" as const),
      byMs: fc.constantFrom(-dayMs, -3_600_000, 3_600_000, dayMs),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constant("wait" as const),
      ms: fc.constantFrom(1000, 4500, 35_000),
    }),
  },
);

function take(house: House, step: Step): void {
  switch (step.act) {
    case "submit":
      return house.submit(step.prompt, step.max);
    case "answer":
      return house.answer(step.pick, step.isLost);
    case "finish":
      return house.finish(step.pick, step.share);
    case "crash":
      return house.crash();
    case "step-clock":
      house.epochMs += step.byMs;
      return;
    case "vanish":
      return house.vanish(step.pick, step.share);
    case "say-last":
      return house.sayLast(step.pick, step.share);
    case "tell-end":
      return house.tellEnd(step.pick);
    case "come-back":
      return house.comeBack(step.pick);
    case "wait":
      return house.wait(step.ms);
    default:
      return step satisfies never;
  }
}

test("whatever crashes, is lost, doubled or late, no window sees more than its quota", () => {
  let most = 0;
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 120, size: "max" }), (schedule) => {
      const house = new House();
      for (const step of schedule) {
        take(house, step);
        for (const [day, tokens] of house.spent()) {
          assert.ok(tokens <= dailyTokens, `${tokens} tokens on ${day}, after ${step.act}`);
          most = Math.max(most, tokens);
        }
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(most > dailyTokens / 2, "the schedules do use the quota");
});

test("a crash between exchanges forfeits at most the free slice: all else is given back by sessions that end", () => {
  const slice = sliceTokens({ dailyTokens, mode: "hard" });
  const calm = steps.filter(({ act }) => act !== "step-clock" && act !== "vanish");
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80, size: "max" }), (schedule) => {
      const house = new House();
      let crashes = 0;
      for (const step of schedule) {
        if (step.act === "crash") {
          // In its last second everything was answered.
          for (let round = 0; round < 20; round++) answerAll(house);
          crashes += 1;
        }
        take(house, step.act === "answer" ? { ...step, isLost: false } : step);
      }
      while (house.live.size > 0) house.finish(0, 50);
      for (let round = 0; round < 20; round++) {
        answerAll(house);
        house.hear(pass(house.script, 1000));
      }
      const used = [...house.usedIn.values()].reduce((sum, tokens) => sum + tokens, 0);
      const taken = house.record?.dayTokens ?? 0;
      assert.ok(
        taken - used <= crashes * slice,
        `${taken} taken, ${used} used, ${crashes} crashes`,
      );
      assert.ok(taken >= used, "what was used was taken");
    }),
    { numRuns: 200 },
  );
});

test("a dead edge forfeits nothing once the deadlines of its requests are over and their workers have said what ran", () => {
  const calm = steps.filter(({ act }) => act !== "step-clock" && act !== "crash");
  let vanished = 0;
  fc.assert(
    fc.property(fc.array(calm, { maxLength: 80, size: "max" }), (schedule) => {
      const house = new House();
      for (const step of schedule) {
        take(house, step.act === "answer" ? { ...step, isLost: false } : step);
      }
      while (house.live.size > 0) house.finish(0, 50);
      for (let pick = 0; pick < house.vanished.size; pick++) house.tellEnd(pick);
      for (let round = 0; round < 20; round++) {
        answerAll(house);
        house.wait(1000);
      }
      const used = [...house.spent().values()].reduce((sum, tokens) => sum + tokens, 0);
      assert.equal(house.record?.dayTokens ?? 0, used, `${house.vanished.size} vanished`);
      vanished += house.vanished.size;
    }),
    { numRuns: 200 },
  );
  assert.ok(vanished > 1, `the schedules do lose sessions: ${vanished}`);
});

function answerAll(house: House): void {
  for (let index = 0; index < house.questions.length; index++) house.answer(index, false);
}
