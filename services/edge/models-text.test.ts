import assert from "node:assert/strict";
import { test } from "node:test";
import type { Asker, FleetView } from "./fleet-view.ts";
import { viewFleet } from "./fleet-view.ts";
import { ModelsTexts } from "./models-text.ts";
import { fleetOfTests } from "./scripted-edge.cases.ts";

const [acme, bolt] = fleetOfTests.tenants;
assert.ok(acme && bolt);

/** A view that counts how often the models of somebody are gone through. */
function counted(): { readonly view: FleetView; readonly lists: () => number } {
  const view = viewFleet(fleetOfTests, "");
  let lists = 0;
  const names = new Map(view.names);
  const get = names.get.bind(names);
  names.get = (tenant) => {
    lists += 1;
    return get(tenant);
  };
  return { view: { ...view, names }, lists: () => lists };
}

const idsIn = (text: string): readonly string[] =>
  (JSON.parse(text) as { data: { id: string }[] }).data.map(({ id }) => id);

test("who asks again within a moment is told what was written, each tenant and each key its own", () => {
  const texts = new ModelsTexts();
  const { view, lists } = counted();
  assert.deepEqual(idsIn(texts.of(view, { tenant: acme }, 0)), ["fair-8b", "fair-8b:legal"]);
  const once = lists();
  texts.of(view, { tenant: acme }, 999);
  assert.equal(lists(), once);
  const narrowed: Asker = { tenant: acme, models: ["fair-8b:legal"] };
  assert.deepEqual(idsIn(texts.of(view, narrowed, 0)), ["fair-8b:legal"]);
  assert.deepEqual(idsIn(texts.of(view, { tenant: bolt }, 0)), ["fair-8b", "fair-8b:poet"]);
  const before = lists();
  texts.of(view, { tenant: acme }, 1_000);
  assert.ok(lists() > before);
  const then = lists();
  // A clock that was set back keeps nothing alive.
  texts.of(view, { tenant: acme }, 500);
  assert.ok(lists() > then);
});

test("of a new desired state nothing old is told", () => {
  const texts = new ModelsTexts();
  texts.of(viewFleet(fleetOfTests, ""), { tenant: acme }, 0);
  const changed = viewFleet({ ...fleetOfTests, adapters: [] }, "");
  assert.deepEqual(idsIn(texts.of(changed, { tenant: acme }, 0)), ["fair-8b"]);
});

test("no more is kept than its bound: the oldest goes first", () => {
  const texts = new ModelsTexts();
  const { view, lists } = counted();
  const asker = (index: number): Asker => ({
    tenant: acme,
    models: [`${index}`.padEnd(1_048_576, "x")],
  });
  for (let index = 0; index < 9; index++) texts.of(view, asker(index), 0);
  const before = lists();
  texts.of(view, asker(8), 0);
  assert.equal(lists(), before);
  texts.of(view, asker(0), 0);
  assert.ok(lists() > before);
});
