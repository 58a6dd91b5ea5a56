// Whatever workers repeat, lose, reorder or die over, the client reads the one legal text.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import fc from "fast-check";
import type { Effect } from "#shared/actor/actor.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { Tokens } from "#shared/messages/to-session.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { Scene, encode } from "./session-scene.cases.ts";

type Step =
  | { readonly kind: "frame"; readonly at: number; readonly length: number }
  | { readonly kind: "foreign"; readonly at: number; readonly ahead: number }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "failover" };

const characters = fc.constantFrom("a", "b", "c", " ", "é", "€", "😀", "\uFEFF");
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
class Delivery {
  readonly scene = new Scene();
  readonly reader = new Reader();
  readonly #tokens: readonly Token[];
  #attempt = 1;

  constructor(whole: string, stops: readonly string[]) {
    this.#tokens = encode(whole);
    const receive = this.scene.receive.bind(this.scene);
    this.scene.receive = (message, from) => {
      const effects = receive(message, from);
      this.reader.read(effects);
      return effects;
    };
    this.scene.run(`open max=1000 stop=${stops.map((stop) => `"${stop}"`).join("|")}`);
    this.scene.run("queued");
    this.scene.run("granted");
  }

  get isOver(): boolean {
    return this.scene.state.call?.ending !== undefined;
  }

  take(step: Step): void {
    if (step.kind === "frame") this.frame(step.at, step.length);
    else if (step.kind === "foreign") this.#foreignFrame(step.at, step.ahead);
    else if (step.kind === "command") this.scene.run(step.command);
    else if (this.#attempt < 9) this.scene.run("worker-lost worker=w-1");
    const { call } = this.scene.state;
    if (call === undefined || this.isOver) return;
    this.#attempt = call.attempt;
    if (call.place === undefined) this.scene.run(`granted attempt=${this.#attempt}`);
  }

  frame(at: number, length: number): void {
    const firstIndex = Math.min(at, this.#tokens.length);
    const tokens = this.#tokens.slice(firstIndex, firstIndex + length);
    const isLast = firstIndex + length >= this.#tokens.length;
    this.#send({
      attempt: this.#attempt,
      firstIndex,
      tokens,
      ...(isLast ? { end: { reason: "stop", totals: nothingExecuted } } : {}),
    });
  }

  /** What another attempt computed is not what this one has: its tokens must show nowhere. */
  #foreignFrame(firstIndex: number, ahead: number): void {
    this.#send({ attempt: this.#attempt + ahead, firstIndex, tokens: encode("zzzzzzzz") });
  }

  #send(frame: Omit<Tokens, "kind" | "requestId">): void {
    this.scene.receive({ kind: "tokens", requestId: "r1" as RequestId, ...frame });
  }
}

function deliver(whole: string, stops: readonly string[], steps: readonly Step[]): Reader {
  const delivery = new Delivery(whole, stops);
  const expected = legalText(whole, stops);
  for (const step of steps) {
    if (delivery.isOver) break;
    delivery.take(step);
    assert.ok(expected.startsWith(delivery.reader.text), "what is shown is a prefix");
  }
  if (!delivery.isOver) delivery.frame(0, whole.length + 1);
  return delivery.reader;
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
