import assert from "node:assert/strict";
import { test } from "node:test";
import type { TenantId } from "#shared/model/ids.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { pickVictims } from "./pick-victims.ts";
import type { Placement } from "./placement.ts";
import type { TenantAccount } from "./tenant-account.ts";
import { openAccount } from "./tenant-account.ts";
import type { WorkerView } from "./worker-view.ts";
import { workerView } from "./worker-view.ts";

const theta = 1000;

function worker(name: string, freeBlocks = 0): WorkerView {
  const view = workerView({ worker: name, incarnation: 1, zone: "a", host: "h" } as never);
  return Object.assign(view, {
    isCollected: true,
    seq: 1,
    sequencesMax: 8,
    reportedSequences: 4,
    reportedBlocks: freeBlocks,
  });
}

/** `served` of a clock of `charged`. */
const tenant = (name: string, served: number, more: Partial<TenantAccount> = {}): TenantAccount =>
  Object.assign(openAccount(name as TenantId, 0, 1), {
    clock: served + 500,
    unexecutedTag: 500,
    ...more,
  });

interface Running {
  readonly account: TenantAccount;
  readonly view: WorkerView;
  readonly blocks?: number;
  readonly output?: number;
  readonly preemptions?: number;
  readonly unexecuted?: number;
  readonly state?: string;
}

function place(requestId: string, running: Running): Placement {
  const { account, view, blocks = 10, output = 10, preemptions = 0, unexecuted = 0 } = running;
  return {
    requestId,
    account,
    view,
    blocks,
    preemptions,
    promptTokens: 1,
    totals: { ...nothingExecuted, outputTokens: output },
    charge: { chargedTag: unexecuted, executedTag: 0 },
    state: running.state ?? "running",
  } as unknown as Placement;
}

interface Ask {
  readonly blocks?: number;
  readonly mayPreempt?: boolean;
  readonly isProtected?: boolean;
  readonly tokenCost?: number;
  readonly wastedMax?: number;
}

/** For a tenant at 0 whose first offer would finish at 300. */
function check(places: readonly Placement[], ask: Ask, victims: readonly string[]): void {
  const { blocks = 10, mayPreempt = false, isProtected = false, tokenCost = 0 } = ask;
  const wastedCostMax = ask.wastedMax ?? 1_000_000;
  const account = Object.assign(openAccount("behind" as TenantId, 0, 1), { finishTag: 300 });
  const rules = { thetaPreempt: theta, promptTokenCost: tokenCost, kvBlockTokens: 16, nowMs: 0 };
  const claim = { account, blocks, mayPreempt, wastedCostMax, ...rules };
  const picked = pickVictims(places, { ...claim, isProtected: () => isProtected });
  assert.deepEqual(
    picked.map(({ requestId }) => requestId as string),
    victims,
  );
}

test("only a tenant that leads by more than θ gives way", () => {
  const view = worker("w");
  check([place("a", { account: tenant("acme", theta), view })], {}, []);
  check([place("a", { account: tenant("acme", theta + 1), view })], {}, ["a"]);
});

test("the lead covers what is computed again, too", () => {
  const view = worker("w");
  // One prompt token and ten of output, at 20 each.
  check([place("a", { account: tenant("acme", theta + 220), view })], { tokenCost: 20 }, []);
  check([place("a", { account: tenant("acme", theta + 221), view })], { tokenCost: 20 }, ["a"]);
});

test("the most served gives way first, of its requests the largest, then the least decoded", () => {
  const view = worker("w");
  const [acme, bolt] = [tenant("acme", 9000), tenant("bolt", 5000)];
  const places = [
    place("b", { account: bolt, view, blocks: 99 }),
    place("a1", { account: acme, view, blocks: 20, output: 30 }),
    place("a2", { account: acme, view, blocks: 20, output: 20 }),
    place("a3", { account: acme, view, blocks: 10 }),
  ];
  check(places, {}, ["a2"]);
});

test("no more give way than the offer needs, and none if all together are not enough", () => {
  const view = worker("w", 5);
  const acme = tenant("acme", 9000);
  const places = ["a1", "a2", "a3"].map((id) => place(id, { account: acme, view }));
  check(places, { blocks: 25 }, ["a1", "a2"]);
  check(places, { blocks: 36 }, []);
});

test("the room is made on one worker", () => {
  const acme = tenant("acme", 9000);
  const [small, large] = [worker("small"), worker("large")];
  const places = [
    place("s", { account: acme, view: small, blocks: 15 }),
    place("l1", { account: acme, view: large }),
    place("l2", { account: acme, view: large }),
  ];
  check(places, { blocks: 20 }, ["l1", "l2"]);
});

test("who would cost more again than may be wasted is left out, and the next in turn gives way", () => {
  const [view, other] = [worker("w"), worker("other")];
  const account = tenant("acme", 99_000);
  // 101 and 11 tokens at 20 each.
  const large = place("large", { account, view, blocks: 30, output: 100 });
  const small = place("small", { account, view, blocks: 10 });
  check([large, small], { tokenCost: 20, wastedMax: 2020 }, ["large"]);
  check([large, small], { tokenCost: 20, wastedMax: 2019 }, ["small"]);
  check([large, small], { tokenCost: 20, wastedMax: 219 }, []);
  const elsewhere = place("elsewhere", { account, view: other, blocks: 10 });
  check([large, elsewhere], { tokenCost: 20, wastedMax: 500 }, ["elsewhere"]);
  const pair = [small, place("small2", { account, view, blocks: 10 })];
  check(pair, { tokenCost: 20, wastedMax: 439, blocks: 20 }, []);
  check(pair, { tokenCost: 20, wastedMax: 440, blocks: 20 }, ["small", "small2"]);
});

test("what gives way to a higher band is not counted as waste", () => {
  const low = place("low", { account: tenant("low", 0, { band: 1 }), view: worker("w") });
  check([low], { mayPreempt: true, tokenCost: 20, wastedMax: 0 }, ["low"]);
});

test("who would stand before the offer once it is refunded does not give way: the two would take turns for ever", () => {
  const view = worker("w");
  const account = tenant("acme", 2000);
  check([place("a", { account, view, unexecuted: 2200 })], {}, ["a"]);
  check([place("a", { account, view, unexecuted: 2201 })], {}, []);
});

test("nobody gives way four times, and nothing that is ending already", () => {
  const view = worker("w");
  const account = tenant("acme", 9000);
  check([place("a", { account, view, preemptions: 3 })], {}, []);
  check([place("a", { account, view, state: "voiding" })], {}, []);
});

test("a lower band gives way to who may preempt, unless its floor keeps it; a higher one never does", () => {
  const view = worker("w");
  const low = place("low", { account: tenant("low", 0, { band: 1 }), view });
  const high = place("high", { account: tenant("high", 9000, { band: -1 }), view });
  check([low, high], {}, []);
  check([low, high], { mayPreempt: true }, ["low"]);
  check([low, high], { mayPreempt: true, isProtected: true }, []);
});

test("where prompts already wait for the engine, nobody's place helps", () => {
  const view = Object.assign(worker("w"), {
    reportedPrefillTokens: 0,
    reportedPrefillTokensInside: 0,
  });
  check([place("a", { account: tenant("acme", 9000), view })], {}, []);
});
