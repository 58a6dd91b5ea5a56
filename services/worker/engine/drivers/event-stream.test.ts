import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EventReader } from "./event-stream.ts";

const stream = 'data: {"a":1}\n\n:\n\ndata: two\n\ndata: [DONE]\n\n';

test("events are the same however the stream is cut, and comments are none", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
      const heard: string[] = [];
      const reader = new EventReader((data) => heard.push(data));
      const edges = [0, ...cuts.toSorted((a, b) => a - b), stream.length];
      for (const [index, edge] of edges.entries())
        reader.read(stream.slice(edges[index - 1] ?? 0, edge));
      assert.deepEqual(heard, ['{"a":1}', "two", "[DONE]"]);
    }),
  );
});

test("what is no event stream is said to be none", () => {
  const reader = new EventReader(() => undefined);
  assert.throws(() => reader.read("<html>\n\n"), /no event: <html>/);
});
