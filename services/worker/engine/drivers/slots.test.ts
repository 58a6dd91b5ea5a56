import assert from "node:assert/strict";
import { test } from "node:test";
import type { Slot } from "./slots.ts";
import { reusableTokens, Slots } from "./slots.ts";

const ids = [10, 11, 12, 13];
const use = (slots: Slots, namespace: string, held: readonly number[]): Slot => {
  const slot = slots.take({ namespace, ids: held });
  assert.ok(slot);
  slot.namespace = namespace;
  slot.held = held;
  return slot;
};

test("what a slot holds is there for its namespace alone, and the last token is computed again", () => {
  const slots = new Slots([0]);
  const slot = use(slots, "acme", [...ids, 14]);
  assert.equal(reusableTokens(slot, { namespace: "acme", ids }), 3);
  assert.equal(reusableTokens(slot, { namespace: "acme", ids: [10, 11, 99, 13] }), 2);
  assert.equal(reusableTokens(slot, { namespace: "bolt", ids }), 0);
});

test("the slot that has most of it is taken, else the one that was not used for longest", () => {
  const slots = new Slots([0, 1, 2]);
  for (const slot of [
    use(slots, "acme", ids),
    use(slots, "bolt", ids),
    use(slots, "corner", ids),
  ]) {
    slots.free(slot);
  }
  assert.equal(slots.take({ namespace: "bolt", ids })?.id, 1);
  assert.equal(slots.take({ namespace: "stranger", ids })?.id, 0);
  assert.equal(slots.take({ namespace: "acme", ids })?.id, 2);
  assert.equal(slots.take({ namespace: "acme", ids }), undefined);
});

test("who waits for a slot is woken once one is free, and no turn is spent on who has given up", async () => {
  const slots = new Slots([7]);
  const slot = use(slots, "acme", ids);
  const [gone, here] = [new AbortController(), new AbortController()];
  const givenUp = slots.whenFree(gone.signal);
  const waiting = slots.whenFree(here.signal);
  gone.abort();
  await givenUp;
  slots.free(slot);
  await waiting;
  assert.equal(slots.take({ namespace: "acme", ids })?.id, 7);
});
