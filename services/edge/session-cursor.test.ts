// Whatever workers repeat, lose, reorder or die over, the client reads the one legal text.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect } from "#shared/actor/actor.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import { Scene, encode } from "./session-scene.cases.ts";

type Step =
  | { readonly kind: "frame"; readonly at: number; readonly length: number }
  | { readonly kind: "foreign"; readonly at: number; readonly ahead: number }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "failover" };

const characters = fc.constantFrom("a", "b", "c", " ", "é", "€", "😀");
const text = fc.array(characters, { maxLength: 60 }).map((units) => units.join(""));
const stopStrings = fc
  .array(fc.array(characters, { minLength: 1, maxLength: 4 }), { maxLength: 3 })
  .map((stops) => stops.map((units) => units.join("")));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      at: fc.nat(20),
      length: fc.nat(6),
    }),
  },
  fc.record({
    kind: fc.constant("foreign" as const),
    at: fc.nat(20),
    ahead: fc.constantFrom(-1, 1),
  }),
  fc.record({
    kind: fc.constant("command" as const),
    command: fc.constantFrom(
      "client-paused",
      "client-ready",
      "unknown",
      "queued attempt=1",
      "granted attempt=1",
      "alive tokens=9",
      "wait 400",
    ),
  }),
  fc.constant({ kind: "failover" as const }),
);

/** Character by character: the first end of a stop string, and of those that end there the longest. */
function legalText(whole: string, stops: readonly string[]): string {
  for (let end = 1; end <= whole.length; end++) {
    const read = whole.slice(0, end);
    const ending = stops.filter((stop) => read.endsWith(stop)).map(({ length }) => length);
    if (ending.length > 0) return whole.slice(0, end - Math.max(...ending));
  }
  return whole;
}

class Reader {
  text = "";
  outputTokens = 0;
  ends = 0;

  read(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "send" || !effect.to.startsWith("client/")) continue;
      const message = effect.message as ToClient;
      assert.equal(this.ends, 0, "nothing follows the end");
      if (message.kind === "output") {
        assert.notEqual(message.text, "");
        assert.ok(message.outputTokens >= this.outputTokens, "counts never fall");
        this.text += message.text;
        this.outputTokens = message.outputTokens;
      } else if (message.kind === "completed") {
        this.ends++;
        assert.ok(message.outputTokens >= this.outputTokens, "counts never fall");
        this.outputTokens = message.outputTokens;
      } else assert.equal(message.kind, "admitted");
    }
  }
}

/** One run of a scene: true to the protocol in content, to nothing in delivery. */
function deliver(whole: string, stops: readonly string[], steps: readonly Step[]): Reader {
  const tokens = encode(whole);
  const scene = new Scene();
  const reader = new Reader();
  const receive = scene.receive.bind(scene);
  scene.receive = (message, from) => {
    const effects = receive(message, from);
    reader.read(effects);
    return effects;
  };
  let attempt = 1;
  const frame = (of: number, at: number, length: number): void => {
    const from = Math.min(at, tokens.length);
    const part = of === attempt ? tokens.slice(from, from + length) : encode("zzzzzzzz");
    const isLast = of === attempt && from + length >= tokens.length;
    scene.receive({
      kind: "tokens",
      requestId: "r1" as never,
      attempt: of,
      firstIndex: from,
      tokens: part,
      ...(isLast ? { end: { reason: "stop", totals: {} as never } } : {}),
    });
  };
  scene.run(`open max=1000 stop=${stops.map((stop) => `"${stop}"`).join("|")}`);
  scene.run("queued");
  scene.run("granted");
  for (const next of steps) {
    if (scene.state.call?.ending !== undefined) break;
    if (next.kind === "frame") frame(attempt, next.at, next.length);
    else if (next.kind === "foreign") frame(attempt + next.ahead, next.at, 2);
    else if (next.kind === "command") scene.run(next.command);
    else if (attempt < 9) {
      scene.run(`worker-lost worker=w-1`);
      if (scene.state.call?.ending !== undefined) break;
      scene.run(`granted attempt=${++attempt}`);
    }
    const expected = legalText(whole, stops);
    assert.ok(expected.startsWith(reader.text), "what is shown is a prefix");
    attempt = scene.state.call?.attempt ?? attempt;
    if (scene.state.call?.place === undefined) scene.run(`granted attempt=${attempt}`);
  }
  if (scene.state.call?.ending === undefined) frame(attempt, 0, tokens.length);
  return reader;
}

test("the client reads the legal text once, whatever the frames do on their way", () => {
  fc.assert(
    fc.property(text, fc.array(step, { maxLength: 40 }), (whole, steps) => {
      const reader = deliver(whole, [], steps);
      assert.equal(reader.text, whole);
      assert.equal(reader.outputTokens, encode(whole).length);
      assert.equal(reader.ends, 1);
    }),
    { numRuns: 600 },
  );
});

test("any split into frames finds a stop string at the same place, and counts the tokens before it", () => {
  fc.assert(
    fc.property(text, stopStrings, fc.array(step, { maxLength: 40 }), (whole, stops, steps) => {
      const reader = deliver(whole, stops, steps);
      const expected = legalText(whole, stops);
      assert.equal(reader.text, expected);
      assert.equal(reader.outputTokens, Math.ceil(Buffer.byteLength(expected) / bytesPerToken));
      assert.equal(reader.ends, 1);
    }),
    { numRuns: 1500 },
  );
});
