import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import type { Stepping } from "./plan-parts.ts";
import { planParts, PromptShares } from "./plan-parts.ts";

const stepping = (tenant: string, leftTokens: number, more: Partial<Stepping> = {}): Stepping => ({
  tenant: tenant as TenantId,
  weight: 1,
  band: 0,
  leftTokens,
  ...more,
});

const room = { promptTokens: 64, stepTokensMax: 512 };

const plan = (sequences: readonly Stepping[], shares = new PromptShares()): readonly number[] =>
  planParts(sequences, room, shares);

test("everything that decodes has its token, and prompts share the budget", () => {
  const parts = plan([stepping("acme", 1), stepping("acme", 1_000), stepping("bolt", 1_000)]);
  assert.equal(parts[0], 1);
  assert.equal((parts[1] ?? 0) + (parts[2] ?? 0), 64);
  assert.ok(Math.abs((parts[1] ?? 0) - (parts[2] ?? 0)) <= 16);
});

test("one prompt alone has the whole budget, and no more than it lacks", () => {
  assert.deepEqual(plan([stepping("acme", 1_000)]), [64]);
  assert.deepEqual(plan([stepping("acme", 10)]), [10]);
});

test("no step is larger than it may be", () => {
  const many = Array.from({ length: 20 }, (_, index) => stepping(`tenant-${index}`, 100));
  const parts = planParts(many, { promptTokens: 64, stepTokensMax: 12 }, new PromptShares());
  assert.equal(
    parts.reduce((sum, part) => sum + part, 0),
    12,
  );
});

test("a tenant's prompts behind each other have no more than another's one", () => {
  const shares = new PromptShares();
  let [flood, single] = [0, 0];
  for (let step = 0; step < 50; step++) {
    const floods = Array.from({ length: 6 }, () => stepping("flood", 1_000));
    const parts = plan([...floods, stepping("single", 1_000)], shares);
    flood += parts.slice(0, 6).reduce((sum, part) => sum + part, 0);
    single += parts[6] ?? 0;
  }
  assert.ok(Math.abs(flood - single) <= 32, `${flood} and ${single}`);
});

test("weights share as they say", () => {
  const shares = new PromptShares();
  let [heavy, light] = [0, 0];
  for (let step = 0; step < 100; step++) {
    const parts = plan([stepping("heavy", 999, { weight: 3 }), stepping("light", 999)], shares);
    heavy += parts[0] ?? 0;
    light += parts[1] ?? 0;
  }
  assert.ok(Math.abs(heavy / light - 3) < 0.1, `${heavy / light}`);
});

test("a lower band goes first, and the others still move", () => {
  const parts = plan([stepping("late", 1_000, { band: 1 }), stepping("early", 1_000)]);
  assert.deepEqual(parts, [1, 63]);
});

test("who was idle is ahead by one step's prompts at most", () => {
  const shares = new PromptShares();
  for (let step = 0; step < 100; step++) plan([stepping("busy", 1_000)], shares);
  let [busy, fresh] = [0, 0];
  for (let step = 0; step < 20; step++) {
    const parts = plan([stepping("busy", 1_000), stepping("new", 1_000)], shares);
    busy += parts[0] ?? 0;
    fresh += parts[1] ?? 0;
    assert.ok(fresh - busy <= room.promptTokens + 16, `${fresh} and ${busy}`);
  }
});

test("who was served ahead of others is not forgiven by a pause", () => {
  const shares = new PromptShares();
  plan([stepping("ahead", 1_000, { band: 0 }), stepping("behind", 1_000, { band: 1 })], shares);
  plan([stepping("behind", 10)], shares);
  const parts = plan([stepping("ahead", 1_000), stepping("behind", 1_000)], shares);
  assert.ok((parts[1] ?? 0) > (parts[0] ?? 0), `${parts[0]} and ${parts[1]}`);
});
