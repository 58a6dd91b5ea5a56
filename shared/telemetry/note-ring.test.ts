import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { NoteRing, noteCellsMax } from "./note-ring.ts";
import { RequestStories } from "./request-stories.ts";

const requestId = "0123456789abcdef";

const texts = fc.oneof(
  fc.constantFrom("acme", "", requestId, `session/edge-1/${requestId}`, `x${requestId}`, "wörd 😀"),
  fc.string({ maxLength: 120 }),
);
const notes: fc.Arbitrary<NoteRecord> = fc.record({
  kind: fc.constant("note" as const),
  event: fc.constantFrom("queue.admitted", "router.granted", "host.dropped"),
  actor: texts as fc.Arbitrary<Address>,
  nowMs: fc.double({ noNaN: true }),
  fields: fc.dictionary(
    fc.constantFrom("requestId", "tenant", "attempt", "waitedMs", "why", "from"),
    fc.oneof(texts, fc.double({ noNaN: true }), fc.integer()),
  ),
});

test("whatever was written is read back as it was, field by field and in its order", () => {
  fc.assert(
    fc.property(fc.array(notes, { maxLength: 60 }), (written) => {
      const ring = new NoteRing(2 ** 16);
      const positions = written.map((note) => ring.write(note, requestId) ?? 0);
      for (const [index, note] of written.entries()) {
        const read = ring.read(positions[index] ?? 0, requestId);
        assert.deepEqual(read, { ...note, fields: { ...note.fields } });
        assert.deepEqual(Object.keys(read.fields), Object.keys(note.fields));
      }
    }),
  );
});

const said = (nowMs: number, fields: NoteRecord["fields"]): NoteRecord => ({
  kind: "note",
  event: "session.stale",
  actor: "session/edge-1/r" as Address,
  nowMs,
  fields,
});

test("words beyond the table are written out, and a long text is cut", () => {
  const ring = new NoteRing(2 ** 20);
  for (let index = 0; index < 5_000; index++) ring.write(said(0, { why: `word ${index}` }), "r");
  const late = ring.write(said(1, { why: "late", long: "x".repeat(1000), more: 7 }), "r") ?? 0;
  assert.deepEqual(ring.read(late, "r").fields, { why: "late", long: "x".repeat(300), more: 7 });
});

test("a note of many long texts takes no more than its share", () => {
  const ring = new NoteRing(2 ** 14);
  const fields = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`field${index}`, `${index}${"y".repeat(299)}`]),
  );
  const first = ring.write(said(0, fields), "r") ?? 0;
  const second = ring.write(said(1, {}), "r") ?? 0;
  assert.ok(second - first <= noteCellsMax);
  assert.equal(ring.read(first, "r").fields["field0"], fields["field0"]);
});

test("stories stay whole while the ring goes round, and one whose beginning is overwritten is gone", () => {
  const limits = { storiesMax: 1_000_000, notesPerStoryMax: 10, notesMax: 300 };
  const stories = new RequestStories(limits);
  stories.add("first", said(-1, { text: "z".repeat(300) }));
  for (let index = 0; index < 20_000; index++) {
    const id = `request-${Math.floor(index / 3)}`;
    stories.add(id, said(index, { index, why: id, text: "z".repeat(index % 300) }));
    const story = stories.find(id);
    assert.deepEqual(
      story?.notes.map(({ fields }) => fields["index"]),
      Array.from({ length: (index % 3) + 1 }, (_, turn) => index - (index % 3) + turn),
    );
  }
  assert.equal(stories.find("first"), undefined);
  assert.ok(stories.size > 5);
  for (const [id, { notes: kept }] of stories.newestFirst()) {
    assert.ok(kept.every(({ fields }) => fields["why"] === id));
  }
});
