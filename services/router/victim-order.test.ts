import assert from "node:assert/strict";
import { test } from "node:test";
import { nothingExecuted } from "#shared/model/usage.ts";
import { chooseVictims } from "./reclaim.ts";
import { PlacementTable } from "./placement-table.ts";
import type { Placement } from "./placement.ts";
import { byVictimOrder } from "./victim-order.ts";
import { workerView } from "./worker-view.ts";

const view = Object.assign(
  workerView({ worker: "w", incarnation: 1, zone: "a", host: "h" } as never),
  { isCollected: true, seq: 1 },
);

const place = (requestId: string, blocks: number, output: number, number: number): Placement =>
  ({
    requestId,
    tenant: "bolt",
    account: { band: 1 },
    view,
    blocks,
    number,
    preemptions: 0,
    promptTokens: 1,
    totals: { ...nothingExecuted, outputTokens: output },
    state: "running",
  }) as unknown as Placement;

/** Booked 20 and holds 20; booked 10 and has grown to 51; booked 10, one of them decoded less, one later. */
const places = [
  place("booked", 20, 10, 1),
  place("grown", 10, 800, 2),
  place("early", 10, 5, 3),
  place("late", 10, 5, 4),
  place("long", 10, 90, 5),
];

test("the largest footprint gives way first, whatever was booked, then the least decoded, then the latest", () => {
  const ids = places.toSorted(byVictimOrder(16)).map(({ requestId }) => String(requestId));
  assert.deepEqual(ids, ["grown", "booked", "late", "early", "long"]);
});

test("a reclaim takes in that order, too", () => {
  const placements = new PlacementTable();
  for (const placement of places) placements.add(placement);
  const pool = { workers: new Map(), placements, preempting: new Set<Placement>() };
  const loans = [{ tenant: "bolt", blocks: 99 }] as never;
  const victims = chooseVictims({ ...pool, kvBlockTokens: 16 }, 40, loans, 0);
  assert.deepEqual(
    victims.map(({ requestId }) => String(requestId)),
    ["grown"],
  );
});
