import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Packr } from "msgpackr";
import type { Address } from "#shared/actor/actor.ts";
import { packEnvelope, protocolVersion, unpackEnvelope } from "./msgpackr-envelope.ts";

const from = "session/edge-1/r1" as Address;
const to = "worker/w1" as Address;
const start = {
  kind: "start",
  requestId: "r1",
  attempt: 1,
  incarnation: 7,
  shard: 3,
  shardEpoch: 12,
  poolEpoch: 13,
  tenant: "acme",
  weight: 4,
  namespace: "n",
  adapterDigest: "",
  promptBytes: Uint8Array.of(104, 105),
  promptDigest: "d",
  promptTokens: 1,
  forcedPrefix: [0xffffffff, 0],
  outputTokensMax: 16,
  outputTokensMin: 0,
  ignoreEos: false,
  sampling: { temperature: 0.7 },
  outputTokensGranted: 16,
};

test("a message comes back as it went, bytes as bytes", () => {
  const unpacked = unpackEnvelope(packEnvelope({ from, to, message: start }));
  assert.equal(unpacked.kind, "message");
  if (unpacked.kind !== "message") return;
  const { promptBytes, ...rest } = unpacked.message as typeof start;
  const { promptBytes: sentBytes, ...sentRest } = start;
  assert.deepEqual(rest, sentRest);
  assert.deepEqual([...promptBytes], [...sentBytes]);
  assert.deepEqual([unpacked.from, unpacked.to], [from, to]);
});

test("a message's bytes outlive the buffer they came in", () => {
  const packed = packEnvelope({ from, to, message: start });
  const unpacked = unpackEnvelope(packed);
  packed.fill(0);
  assert.equal(unpacked.kind, "message");
  if (unpacked.kind !== "message") return;
  assert.deepEqual([...(unpacked.message as typeof start).promptBytes], [104, 105]);
});

const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.maxSafeInteger(),
    // −0 travels as 0, NaN is no number to the guard: neither is ever sent.
    fc.double({ noNaN: true }).map((number) => number + 0),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z]{0,8}$/), tie("value"), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value;

test("any plain value survives the journey", () => {
  const fleets = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), plain, { noNullPrototype: true });
  fc.assert(
    fc.property(fleets, (fleet) => {
      const message = { kind: "fleet-changed", fleet };
      const owner = "owner/p1" as Address;
      assert.deepEqual(unpackEnvelope(packEnvelope({ from, to: owner, message })), {
        kind: "message",
        from,
        to: owner,
        message,
      });
    }),
  );
});

test("no bytes whatever make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      unpackEnvelope(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("no flipped or cut bytes of a real message make it throw", () => {
  const packed = packEnvelope({ from, to, message: start });
  fc.assert(
    fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length), (at, byte, cut) => {
      const bad = Uint8Array.from(packed.subarray(0, cut));
      if (at < bad.length) bad[at] = byte;
      unpackEnvelope(bad);
    }),
    { numRuns: 2_000 },
  );
});

const packr = new Packr({ useRecords: false });
const malformed = (content: unknown, reason: string): void =>
  assert.deepEqual(unpackEnvelope(packr.pack(content)), { kind: "malformed", reason });

test("what is wrong is named", () => {
  assert.deepEqual(unpackEnvelope(Uint8Array.of()), {
    kind: "malformed",
    reason: "does not unpack",
  });
  malformed({ from, to }, "not an envelope");
  malformed([protocolVersion + 1, from, to, start], `protocol version ${protocolVersion + 1}`);
  malformed([protocolVersion, "", to, start], "no sender");
  malformed([protocolVersion, from, 5, start], "no receiver");
  malformed([protocolVersion, from, "nobody/x", start], "unknown mailbox");
  malformed([protocolVersion, from, to, { kind: "ack" }], "ack without requestId");
});

test("nesting without end is malformed, not a crash", () => {
  const deep = new Uint8Array(200_000).fill(0x91);
  assert.equal(unpackEnvelope(deep).kind, "malformed");
});
