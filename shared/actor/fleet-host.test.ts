import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor, Address } from "./actor.ts";
import { note, send } from "./actor.ts";
import type { FleetHost } from "./fleet-host.ts";
import { createFleetHost } from "./fleet-host.ts";
import type { NoteRecord } from "./host.ts";

const outside = "outside/test" as Address;
const hostItself = "host/p1" as Address;

type Word = { readonly say: string; readonly to?: Address };

/** Says on what it hears, if it is told to whom. */
const relay = (name: string): Actor<null, Word> => ({
  name,
  init: () => null,
  receive: (_state, { message }) =>
    message.to === undefined
      ? [note("heard", { word: message.say })]
      : [send(message.to, { say: message.say })],
  undelivered: (_state, { to }) => [note("turned-away", { to })],
});

interface Stage {
  readonly host: FleetHost;
  readonly notes: readonly NoteRecord[];
  readonly carried: readonly string[];
  readonly moves: readonly string[];
}

function stage(outcome: "accepted" | "refused" = "accepted"): Stage {
  const notes: NoteRecord[] = [];
  const carried: string[] = [];
  const moves: string[] = [];
  const host = createFleetHost({
    process: "p1",
    ownedKinds: new Set(["router"]),
    hears: ["session/e1", "host/p1"],
    onNote: (record) => notes.push(record),
    carry: (from, to) => {
      carried.push(`${from} → ${to}`);
      return outcome;
    },
    onOwned: (address) => moves.push(`+${address}`),
    onDisowned: (address) => moves.push(`-${address}`),
  });
  for (const kind of ["session", "router"]) host.register(relay(kind));
  host.send(outside, hostItself, { kind: "valid-until", atMs: Infinity });
  return { host, notes, carried, moves };
}

/** A host that has been at it for long, on a busy machine, goes on in the event loop's next rounds. */
async function settled(): Promise<void> {
  for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
}

const noted = ({ notes }: Stage, event: string): readonly string[] =>
  notes.filter((record) => record.event === event).map(({ actor }) => actor);

const here = "session/e1/r1" as Address;
const there = "session/e2/r1" as Address;
const pool = "router/p" as Address;

test("what lives here is delivered here, everything else is carried", async () => {
  const it = stage();
  it.host.send(outside, here, { say: "a", to: there });
  it.host.send(outside, here, { say: "b", to: pool });
  it.host.send(outside, here, { say: "c", to: "worker/w1" as Address });
  it.host.send(outside, here, { say: "d", to: "session/e1/r2" as Address });
  it.host.send(outside, "session/e10/r1" as Address, { say: "a longer name is another" });
  await settled();
  assert.deepEqual(it.carried, [
    `${here} → ${there}`,
    `${here} → ${pool}`,
    `${here} → worker/w1`,
    `${outside} → session/e10/r1`,
  ]);
  assert.deepEqual(noted(it, "heard"), ["session/e1/r2"]);
});

test("what the network brings is never carried on", async () => {
  const it = stage();
  it.host.deliver(there, here, { say: "here" });
  it.host.deliver(there, there, { say: "not here" });
  it.host.deliver(there, pool, { say: "not owned" });
  await settled();
  assert.deepEqual(it.carried, []);
  assert.deepEqual(noted(it, "heard"), [here]);
  assert.deepEqual(noted(it, "host.dropped"), [there, pool]);
});

test("an owned address is here while it is owned, and its coming and going is told once", async () => {
  const it = stage();
  const own = { kind: "own", addresses: [pool] };
  const disown = { kind: "disown", addresses: [pool] };
  it.host.send(outside, hostItself, own);
  it.host.send(outside, hostItself, own);
  it.host.send(outside, pool, { say: "owned" });
  it.host.send(outside, hostItself, disown);
  it.host.send(outside, hostItself, disown);
  it.host.send(outside, pool, { say: "elsewhere" });
  await settled();
  assert.deepEqual(noted(it, "heard"), [pool]);
  assert.deepEqual(it.moves, [`+${pool}`, `-${pool}`]);
  assert.deepEqual(it.carried, [`${outside} → ${pool}`]);
});

test("what cannot be carried goes back to the actor that sent it", async () => {
  const it = stage("refused");
  it.host.send(outside, here, { say: "a", to: there });
  await settled();
  assert.deepEqual(noted(it, "turned-away"), [here]);
  assert.equal(it.host.send(outside, there, { say: "b" }), "refused");
});

test("a stopped host hears and carries nothing", async () => {
  const it = stage();
  it.host.stop();
  await settled();
  assert.equal(it.host.deliver(there, here, { say: "late" }), "refused");
  assert.equal(it.host.send(outside, there, { say: "late" }), "refused");
  assert.deepEqual(it.carried, []);
});
