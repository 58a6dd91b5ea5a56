// Runs the transcripts: lines of commands, `----`, the lines they must cause. UPDATE_TRANSCRIPTS=1 writes them anew,
// to be read. And any interleaving of what it hears conserves blocks.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import type { Address, Effect } from "#shared/actor/actor.ts";
import { kvAccountantAddress, routerAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { ToKvAccountant } from "#shared/messages/to-kv-accountant.ts";
import type { ReserveRefused } from "#shared/messages/to-router.ts";
import type { KvLoan } from "#shared/model/kv-blocks.ts";
import type { PoolId, WorkerId } from "#shared/model/ids.ts";
import type { KvAccountant } from "./kv-accountant.actor.ts";
import { kvAccountant } from "./kv-accountant.actor.ts";

const pool = "pool" as PoolId;
const router = routerAddress(pool);
const folder = fileURLToPath(new URL("transcripts/", import.meta.url));
const isUpdate = process.env["UPDATE_TRANSCRIPTS"] === "1";

interface Script {
  readonly state: KvAccountant;
  /** The place each attempt has now, as its router numbers them, unless a line names one. */
  readonly places: Map<string, number>;
  placesPicked: number;
}

const start = (): Script => ({
  state: kvAccountant.init(kvAccountantAddress(pool)),
  places: new Map(),
  placesPicked: 0,
});

function placeOf(script: Script, kind: string, attempt: string): number {
  const standing = script.places.get(attempt);
  if (kind === "release") script.places.delete(attempt);
  if (kind !== "reserve") return standing ?? 0;
  if (standing === undefined) script.places.set(attempt, (script.placesPicked += 1));
  return standing ?? script.placesPicked;
}

function hear(state: KvAccountant, from: Address, message: Record<string, unknown>): Effect[] {
  const arrival = { from, nowMs: 0, message: message as unknown as ToKvAccountant };
  return [...kvAccountant.receive(state, arrival)];
}

/** `r1:40`, `r1.2:40` or `bolt/r1:40`: tenant, request, attempt, blocks. */
function sequence(text: string): Record<string, unknown> {
  const [, tenant = "acme", requestId, attempt = "1", blocks] =
    /^(?:(\w+)\/)?(\w+)(?:\.(\d+))?:(\d+)$/.exec(text) ?? [];
  return { requestId, attempt: Number(attempt), tenant, blocks: Number(blocks) };
}

/** What a line says in short. */
const inFull: Readonly<Record<string, string>> = {
  guaranteed: "guaranteedBlocks",
  burst: "burstBlocks",
};

function run(script: Script, line: string): Effect[] {
  const { state } = script;
  const [kind = "", ...words] = line.split(" ");
  const plain = words.filter((word) => !word.includes("="));
  const named = Object.fromEntries(
    words.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
  );
  const numbers = Object.fromEntries(
    Object.entries(named)
      .filter(([name]) => name !== "sequences" && name !== "tenant")
      .map(([name, value]) => [inFull[name] ?? name, Number(value)]),
  );
  const [first, worker = first] = plain;
  const from = kind === "extend" ? workerAddress(worker as WorkerId) : router;
  const sequences = (named["sequences"] ?? "").split(",").filter((text) => text !== "");
  const effects = hear(state, from, {
    kind,
    pool,
    poolEpoch: state.owned?.poolEpoch ?? 1,
    requestId: first,
    attempt: 1,
    ...(named["place"] === undefined
      ? { place: placeOf(script, kind, `${first}/${named["attempt"] ?? 1}`) }
      : {}),
    tenant: named["tenant"] ?? "acme",
    worker,
    incarnation: 1,
    ...numbers,
    sequences: sequences.map(sequence),
  });
  // A router that was refused asks for its next place.
  if (effects.some(isRefusal)) script.places.delete(`${first}/${named["attempt"] ?? 1}`);
  return effects;
}

const isRefusal = (effect: Effect): boolean =>
  effect.kind === "send" && (effect.message as { kind: string }).kind === "reserve-refused";

/** `reclaimFrom` as `bolt:40,corner:8`. */
const plain = (value: string | number | readonly KvLoan[] = ""): string =>
  typeof value === "object"
    ? value.map(({ tenant, blocks: onLoan }) => `${tenant}:${onLoan}`).join(",")
    : String(value);

const untold = new Set(["kind", "pool", "tenant"]);

function told(effect: Effect): string {
  const isSend = effect.kind === "send";
  assert.ok(isSend || effect.kind === "note");
  const message = isSend
    ? (effect.message as Record<string, string | number | readonly KvLoan[]>)
    : { kind: effect.event, ...effect.fields };
  const fields = Object.entries(message)
    .filter(([name]) => !untold.has(name))
    .map(([name, value]) => ` ${name}=${plain(value)}`);
  return `${isSend ? `to ${effect.to}:` : "note"} ${plain(message["kind"])}${fields.join("")}`;
}

function retell(story: string): string {
  const script = start();
  return story
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const lines = block.split("\n");
      const divider = lines.indexOf("----");
      const asked = divider < 0 ? lines : lines.slice(0, divider);
      const effects = asked
        .filter((line) => !line.startsWith("#"))
        .flatMap((line) => run(script, line).map(told));
      return [...asked, "----", ...effects].join("\n");
    })
    .join("\n\n")
    .concat("\n");
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  const story = readFileSync(`${folder}${file}`, "utf8");
  const name = story.split("\n")[0]?.replace(/^# /, "") ?? file;
  test(`${file}: ${name}`, () => {
    const retold = retell(story);
    if (isUpdate) writeFileSync(`${folder}${file}`, retold);
    else assert.equal(retold, story);
  });
}

const someOf = (letter: string, most: number): fc.Arbitrary<string> =>
  fc.nat(most).map((number) => `${letter}${number}`);
const worker = someOf("w", 1);
const request = someOf("r", 7);
const incarnation = fc.integer({ min: 1, max: 3 });
const blocks = fc.integer({ min: 0, max: 60 });
/** A request is one tenant's, whatever happens to it. */
const tenantOf = (id: string): string => (Number(id.slice(1)) % 2 === 0 ? "acme" : "bolt");
const budget = fc.constantFrom("", " burst=50", " guaranteed=20 burst=90", " guaranteed=60");
const line: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(request, worker, incarnation, blocks, budget)
    .map(
      ([id, at, life, count, terms]) =>
        `reserve ${id} ${at} tenant=${tenantOf(id)} incarnation=${life} blocks=${count}${terms}`,
    ),
  fc
    .tuple(request, worker, incarnation, blocks)
    .map(([id, at, life, count]) => `extend ${id} ${at} incarnation=${life} blocks=${count}`),
  request.map((id) => `release ${id}`),
  fc
    .tuple(request, worker, fc.nat(20), fc.constantFrom(0, 1, 2))
    .map(
      ([id, at, late, epoch]) =>
        `reserve ${id} ${at} tenant=${tenantOf(id)} blocks=9 place=${late} poolEpoch=${epoch}`,
    ),
  fc
    .tuple(request, fc.nat(20), fc.constantFrom(0, 1, 2))
    .map(([id, late, epoch]) => `release ${id} place=${late} poolEpoch=${epoch}`),
  fc
    .record({
      at: worker,
      life: incarnation,
      seq: fc.nat(40),
      total: fc.integer({ min: 40, max: 120 }),
      held: fc.uniqueArray(request, { maxLength: 4 }),
      count: blocks,
    })
    .map(({ at, life, seq, total, held, count }) => {
      const sequences = held.map((id) => `${tenantOf(id)}/${id}:${count}`).join(",");
      return `block-report ${at} incarnation=${life} seq=${seq} totalBlocks=${total} usedBlocks=0 sequences=${sequences}`;
    }),
  fc.tuple(worker, incarnation).map(([at, life]) => `worker-fenced ${at} incarnation=${life}`),
);

test("any interleaving of reserve, extend, release, report and fence conserves blocks", () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 120 }), (lines) => {
      const script = start();
      run(script, "placed");
      for (const asked of lines) {
        const before = overcommitted(script.state);
        run(script, asked);
        checkBooks(script.state);
        const isReport = asked.startsWith("block-report");
        assert.ok(isReport || overcommitted(script.state) <= before, "only an engine overcommits");
      }
      for (let number = 0; number <= 7; number++) run(script, `release r${number} place=0`);
      for (const books of script.state.owned?.workers.values() ?? []) {
        assert.deepEqual([books.bookedBlocks, books.freeBlocks], [0, books.totalBlocks]);
      }
      for (const held of heldByTenant(script.state).values()) assert.equal(held, 0);
    }),
    { numRuns: 300 },
  );
});

const placed = fc.record({ id: request, at: worker, place: fc.nat(9) });
const shuffled: fc.Arbitrary<string[]> = fc
  .uniqueArray(placed, { selector: ({ place }) => place, maxLength: 10 })
  .chain((places) => {
    const lines = places.flatMap(({ id, at, place }) => [
      `reserve ${id} ${at} blocks=7 place=${place + 1}`,
      `release ${id} place=${place + 1}`,
    ]);
    const repeated = [...lines, ...lines, ...lines];
    return fc.shuffledSubarray(repeated, { minLength: repeated.length });
  });

test("places reserved and released in whatever order, late and three times, leave nothing booked", () => {
  fc.assert(
    fc.property(shuffled, (lines) => {
      const script = start();
      run(script, "placed");
      run(script, "block-report w0 seq=1 totalBlocks=40 usedBlocks=0");
      run(script, "block-report w1 seq=1 totalBlocks=40 usedBlocks=0");
      for (const asked of lines) {
        run(script, asked);
        checkBooks(script.state);
      }
      assert.equal(script.state.owned?.bookings.requests, 0);
    }),
    { numRuns: 300 },
  );
});

const onLiveWorkers: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(request, worker, blocks, budget)
    .map(
      ([id, at, count, terms]) =>
        `reserve ${id} ${at} tenant=${tenantOf(id)} blocks=${count}${terms}`,
    ),
  fc.tuple(request, worker, blocks).map(([id, at, count]) => `extend ${id} ${at} blocks=${count}`),
  request.map((id) => `release ${id}`),
);

test("no reservation takes a tenant above its burst, whatever its sequences have grown to", () => {
  fc.assert(
    fc.property(fc.array(onLiveWorkers, { maxLength: 60 }), (lines) => {
      const script = start();
      run(script, "placed");
      run(script, "block-report w0 seq=1 totalBlocks=150 usedBlocks=0");
      run(script, "block-report w1 seq=1 totalBlocks=150 usedBlocks=0");
      for (const asked of lines) {
        const before = heldByTenant(script.state);
        run(script, asked);
        checkBooks(script.state);
        if (asked.startsWith("reserve")) checkBurst(script.state, before);
      }
    }),
    { numRuns: 300 },
  );
});

/** Bookings of three tenants on one worker, until it has room for no more of that size. */
const crowd = fc.array(
  fc.record({ tenant: fc.constantFrom("bolt", "corner", "dana"), count: fc.nat(30) }),
  { minLength: 1, maxLength: 30 },
);

test("a guarantee is honoured once what is named as on loan has been given back, and nobody else falls below its own", () => {
  const guaranteed: Readonly<Record<string, number>> = { acme: 50, bolt: 30, corner: 20, dana: 0 };
  const terms = (tenant: string): string => `tenant=${tenant} guaranteed=${guaranteed[tenant]}`;
  fc.assert(
    fc.property(crowd, fc.integer({ min: 1, max: 50 }), (others, count) => {
      const script = start();
      run(script, "placed");
      run(script, "block-report w0 seq=1 totalBlocks=100 usedBlocks=0");
      // One block a booking, so that no victim is larger than what its tenant has on loan.
      const running: { tenant: string; id: string }[] = [];
      for (const [index, other] of others.entries()) {
        for (let number = 0; number < other.count; number++) {
          const id = `r${index}x${number}`;
          const effects = run(script, `reserve ${id} w0 ${terms(other.tenant)} blocks=1`);
          if (!effects.some(isRefusal)) running.push({ tenant: other.tenant, id });
        }
      }
      for (;;) {
        const answer = run(script, `reserve mine w0 ${terms("acme")} blocks=${count}`);
        const refused = answer.find(isRefusal);
        if (refused === undefined) break;
        const { reclaimFrom = [] } = (refused as { message: Partial<ReserveRefused> }).message;
        const most = reclaimFrom[0];
        assert.ok(most !== undefined, "inside its guarantee it is always told of whom");
        const at = running.findIndex(({ tenant }) => tenant === most.tenant);
        run(script, `release ${running.splice(at, 1)[0]?.id}`);
        const held = heldByTenant(script.state).get(most.tenant) ?? 0;
        assert.ok(held >= (guaranteed[most.tenant] ?? 0), "nobody falls below its guarantee");
      }
      assert.equal(heldByTenant(script.state).get("acme"), count);
    }),
    { numRuns: 100 },
  );
});

function heldByTenant(state: KvAccountant): Map<string, number> {
  const holdings = [...(state.owned?.holdings.all() ?? [])];
  return new Map(holdings.map(({ tenant, heldBlocks }) => [tenant, heldBlocks]));
}

/** A reservation may find a tenant above its burst (its sequences grew), but raises nobody above it. */
function checkBurst(state: KvAccountant, before: ReadonlyMap<string, number>): void {
  for (const { tenant, heldBlocks, burstBlocks } of state.owned?.holdings.all() ?? []) {
    assert.ok(heldBlocks <= Math.max(burstBlocks, before.get(tenant) ?? 0), "burst is a bound");
  }
}

function overcommitted(state: KvAccountant): number {
  let sum = 0;
  for (const books of state.owned?.workers.values() ?? []) sum += books.overcommittedBlocks;
  return sum;
}

function checkBooks(state: KvAccountant): void {
  const owned = state.owned;
  assert.ok(owned !== undefined);
  const held = new Map<string, number>();
  for (const books of owned.workers.values()) {
    let sum = 0;
    for (const booking of books.bookings) {
      sum += booking.blocks;
      const { tenant } = booking.holding;
      held.set(tenant, (held.get(tenant) ?? 0) + booking.blocks);
      assert.equal(owned.bookings.find(booking.requestId, booking.attempt), booking);
    }
    assert.equal(sum, books.bookedBlocks);
    assert.equal(sum + books.freeBlocks, books.totalBlocks + books.overcommittedBlocks);
    assert.ok(books.freeBlocks === 0 || books.overcommittedBlocks === 0);
  }
  for (const [tenant, heldBlocks] of heldByTenant(state)) {
    assert.equal(heldBlocks, held.get(tenant) ?? 0, "a tenant holds the sum of its bookings");
  }
}
