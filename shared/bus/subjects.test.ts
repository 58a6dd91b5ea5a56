import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Address } from "#shared/actor/actor.ts";
import { kindOf } from "#shared/messages/addresses.ts";
import { meaningOf, subjectOf, subjectsBelow, subjectsBetween } from "./subjects.ts";

const worker = "worker/w1" as Address;

test("an address is its subject with the sender's kind before it", () => {
  assert.equal(subjectOf("router", worker), "fl.router.worker.w1");
  assert.equal(
    subjectOf("tenant-queue", "session/edge-1/r_1" as Address),
    "fl.tenant-queue.session.edge-1.r_1",
  );
});

test("dots, spaces, wildcards, other scripts and nothing at all survive", () => {
  const subject = subjectOf("a b", "tenant-queue/a.b/*/>//é字\ud800%" as Address);
  assert.equal(subject, "fl.a%0020b.tenant-queue.a%002eb.%002a.%003e.%.%00e9%5b57%d800%0025");
  assert.deepEqual(meaningOf(subject ?? ""), {
    fromKind: "a b",
    to: "tenant-queue/a.b/*/>//é字\ud800%",
  });
});

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.array(fc.nat(0xffff), { maxLength: 6 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom("", ".", "*", ">", " ", "%", "%0020", "acme", "edge-1"),
);
const part = anyText.map((text) => text.replaceAll("/", "|"));
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));

test("any sender and any address come back as they went, in a subject NATS takes", () => {
  fc.assert(
    fc.property(part, path, (fromKind, to) => {
      const subject = subjectOf(fromKind, to as Address) ?? "";
      assert.match(subject, /^[\w%-]+(?:\.[\w%-]+)*$/);
      assert.deepEqual(meaningOf(subject), { fromKind, to });
    }),
    { numRuns: 2_000 },
  );
});

test("no two addresses share a subject", () => {
  fc.assert(
    fc.property(path, path, (one, other) => {
      const subject = (to: string) => subjectOf("worker", to as Address);
      assert.equal(subject(one) === subject(other), one === other);
    }),
    { numRuns: 2_000 },
  );
});

test("what has a meaning is the one subject of that meaning", () => {
  const pieces = fc.constantFrom("fl", "a", "%", "%0061", "%002e", "%zz", "", "é", "*", ">");
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 5 }), (parts) => {
      const subject = parts.join(".");
      const meaning = meaningOf(subject);
      if (meaning === undefined) return;
      const again = subjectOf(meaning.fromKind, meaning.to) ?? "";
      assert.deepEqual(meaningOf(again), meaning);
    }),
  );
});

test("an address too long for NATS has no subject", () => {
  assert.equal(subjectOf("router", `worker/${"w".repeat(3_000)}` as Address), undefined);
  assert.notEqual(subjectOf("router", `worker/${"字".repeat(500)}` as Address), undefined);
});

test("a prefix is heard at itself and below", () => {
  assert.deepEqual(subjectsBelow("session/edge.1"), [
    "fl.*.session.edge%002e1",
    "fl.*.session.edge%002e1.>",
  ]);
  assert.equal(subjectsBetween("session", "tenant-queue"), "fl.session.tenant-queue.>");
  assert.equal(kindOf(worker), "worker");
});
