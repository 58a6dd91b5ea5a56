import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { createNoteRation } from "./note-ration.ts";

const self = "bus/p1" as Address;
const acme = "tenant-queue/acme" as Address;

test("a flood of one event is told in twenty notes and a count, and hides no other event", () => {
  const notes: NoteRecord[] = [];
  const ration = createNoteRation(self, (record) => notes.push(record));
  for (let count = 0; count < 1_000; count++) ration.say(acme, "host.dropped", { why: "flood" });
  ration.say(acme, "bus.mailbox-full", {});
  assert.equal(notes.length, 21);
  assert.deepEqual([notes[0]?.actor, notes[20]?.event], [acme, "bus.mailbox-full"]);
  ration.stop();
  assert.equal(notes.length, 22);
  assert.deepEqual(
    [notes[21]?.actor, notes[21]?.event, notes[21]?.fields["count"]],
    [self, "host.dropped", 980],
  );
});
