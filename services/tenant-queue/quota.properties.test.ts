// Laws of a hard quota under random schedules of owners that come and go without a word, answers that are lost, late or
// doubled, and a clock that steps: never more than the quota is used in a window, and a crash between
// exchanges forfeits no more than the slice that was free.

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
}

/** One tenant over several owners, its store, its sessions, and what they were allowed by day. */
class House {
  script: ScriptedQueue;
  epoch = 5;
  record: EscrowRecord | undefined;
  epochMs = Date.UTC(2026, 10, 28, 12);
  readonly questions: ExchangeEscrow[] = [];
  readonly live = new Map<string, LiveRequest>();
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
    this.live.set(id, { id, promptTokens, outputTokensMax, allowance: undefined });
    this.tell(`submit ${id} prompt=${promptTokens} max=${outputTokensMax} epoch=${this.epoch}`);
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
    const output = Math.floor(((allowance?.outputTokens ?? 0) * share) / 100);
    if (allowance !== undefined) {
      const used = promptTokens + output;
      this.usedIn.set(allowance.day, (this.usedIn.get(allowance.day) ?? 0) + used);
    }
    const ran = allowance === undefined ? "" : ` prefill=${promptTokens} output=${output}`;
    this.tell(`finished ${live.id}${ran}`);
  }

  /** The owner dies; the next collects what the sessions hold. */
  crash(): void {
    this.epoch += 1;
    const { nowMs } = this.script;
    this.script = startScriptedQueue(nowMs);
    this.place();
    for (const { id, allowance, promptTokens, outputTokensMax } of this.live.values()) {
      const held =
        allowance === undefined
          ? ""
          : ` admitted allowed=${allowance.outputTokens} day=${allowance.day}`;
      this.tell(`submit ${id}${held} prompt=${promptTokens} max=${outputTokensMax}`);
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
    arbitrary: fc.record({ act: fc.constant("wait" as const), ms: fc.constantFrom(1000, 2500) }),
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
    case "wait":
      house.epochMs += step.ms;
      for (const { id } of house.live.values()) house.tell(`renew ${id}`);
      return house.hear(pass(house.script, step.ms));
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
        const held = new Map(house.usedIn);
        for (const { allowance, promptTokens } of house.live.values()) {
          if (allowance === undefined) continue;
          const tokens = promptTokens + allowance.outputTokens;
          held.set(allowance.day, (held.get(allowance.day) ?? 0) + tokens);
        }
        for (const [day, tokens] of held) {
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
  const calm = steps.filter(({ act }) => act !== "step-clock");
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

function answerAll(house: House): void {
  for (let index = 0; index < house.questions.length; index++) house.answer(index, false);
}
