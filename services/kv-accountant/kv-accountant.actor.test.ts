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

/** `r1:40` or `r1.2:40`: request, attempt, blocks. */
function sequence(text: string): Record<string, unknown> {
  const [, requestId, attempt = "1", blocks] = /^(\w+)(?:\.(\d+))?:(\d+)$/.exec(text) ?? [];
  return { requestId, attempt: Number(attempt), tenant: "acme", blocks: Number(blocks) };
}

function run(script: Script, line: string): Effect[] {
  const { state } = script;
  const [kind = "", ...words] = line.split(" ");
  const plain = words.filter((word) => !word.includes("="));
  const named = Object.fromEntries(
    words.filter((word) => word.includes("=")).map((word) => word.split("=") as [string, string]),
  );
  const numbers = Object.fromEntries(
    Object.entries(named)
      .filter(([name]) => name !== "sequences")
      .map(([name, value]) => [name, Number(value)]),
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
    tenant: "acme",
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

const untold = new Set(["kind", "pool", "tenant"]);

function told(effect: Effect): string {
  const isSend = effect.kind === "send";
  assert.ok(isSend || effect.kind === "note");
  const message = isSend
    ? (effect.message as Record<string, string | number>)
    : { kind: effect.event, ...effect.fields };
  const fields = Object.entries(message)
    .filter(([name]) => !untold.has(name))
    .map(([name, value]) => ` ${name}=${value}`);
  return `${isSend ? `to ${effect.to}:` : "note"} ${message["kind"]}${fields.join("")}`;
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
const line: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(request, worker, incarnation, blocks)
    .map(([id, at, life, count]) => `reserve ${id} ${at} incarnation=${life} blocks=${count}`),
  fc
    .tuple(request, worker, incarnation, blocks)
    .map(([id, at, life, count]) => `extend ${id} ${at} incarnation=${life} blocks=${count}`),
  request.map((id) => `release ${id}`),
  fc
    .tuple(request, worker, fc.nat(20), fc.constantFrom(0, 1, 2))
    .map(
      ([id, at, late, epoch]) => `reserve ${id} ${at} blocks=9 place=${late} poolEpoch=${epoch}`,
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
      const sequences = held.map((id) => `${id}:${count}`).join(",");
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

function overcommitted(state: KvAccountant): number {
  let sum = 0;
  for (const books of state.owned?.workers.values() ?? []) sum += books.overcommittedBlocks;
  return sum;
}

function checkBooks(state: KvAccountant): void {
  const owned = state.owned;
  assert.ok(owned !== undefined);
  for (const books of owned.workers.values()) {
    let sum = 0;
    for (const booking of books.bookings) {
      sum += booking.blocks;
      assert.equal(owned.bookings.find(booking.requestId, booking.attempt), booking);
    }
    assert.equal(sum, books.bookedBlocks);
    assert.equal(sum + books.freeBlocks, books.totalBlocks + books.overcommittedBlocks);
    assert.ok(books.freeBlocks === 0 || books.overcommittedBlocks === 0);
  }
}
