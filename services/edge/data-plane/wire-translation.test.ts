import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fairlead } from "#proto/dataplane.js";
import { commandFromWire, commandToWire, sessionOfWire } from "#shared/bus/data-plane-commands.ts";
import type { SessionCommand } from "#shared/bus/data-plane-commands.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import { eventFromWire, eventToWire } from "#shared/bus/data-plane-events.ts";
import type { WorkerEvent } from "#shared/bus/data-plane-events.ts";
import { checkMessage } from "#shared/messages/guard.ts";
import type { AdapterDigest, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";

const { Command, Event } = fairlead.dataplane.v1;
const worker = "w1" as WorkerId;

const record = <T extends object>(model: { [Field in keyof T]: fc.Arbitrary<T[Field]> }) =>
  fc.record<T>(model, { noNullPrototype: true });

const requestId = fc.stringMatching(/^[0-9a-f]{32}$/).map((text) => text as RequestId);
const attempt = fc.integer({ min: 1, max: 10 });
const about = { requestId, attempt };
const count = fc.nat(0x7fffffff).map((half) => half * 2 + 1);
const token = fc.integer({ min: 0, max: 0xffffffff });
const storeCount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const amount = fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => value + 0);
const free = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const text = fc.string({ unit: "grapheme" });
const totals = record({
  prefillTokens: count,
  cachedTokens: count,
  outputTokens: count,
  kvBlockMs: amount,
  gpuUs: amount,
  prefillMs: amount,
  decodeMs: amount,
  preemptions: count,
});
const tokens = fc.array(token, { maxLength: 300 });

const startModel = {
  kind: fc.constant("start" as const),
  ...about,
  incarnation: storeCount,
  shard: count,
  shardEpoch: storeCount,
  poolEpoch: storeCount,
  tenant: text.map((name) => name as TenantId),
  weight: amount,
  namespace: text,
  adapterDigest: text.map((digest) => digest as AdapterDigest),
  promptBytes: fc.uint8Array({ maxLength: 500 }),
  promptDigest: text,
  promptTokens: count,
  forcedPrefix: tokens,
  outputTokensMax: count,
  outputTokensMin: count,
  ignoreEos: fc.boolean(),
  sampling: fc.record(
    {
      temperature: free,
      topP: free,
      presencePenalty: free,
      frequencyPenalty: free,
      seed: storeCount,
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
  outputTokensGranted: count,
};
const start = fc.oneof(
  record<Start>(startModel),
  record<Start>({ ...startModel, resumeTerms: text.filter((terms) => terms !== "") }),
  record<Start>({
    ...startModel,
    idempotency: fc.record({ key: text, body: text, run: count }, { noNullPrototype: true }),
    mustReplay: fc.constant(true),
  }),
  record<Start>({ ...startModel, residency: fc.array(text, { minLength: 1, maxLength: 64 }) }),
);

const commands: fc.Arbitrary<SessionCommand> = fc.oneof(
  start,
  record({
    kind: fc.constant("attach" as const),
    ...about,
    incarnation: storeCount,
    tenant: text.map((name) => name as TenantId),
    after: fc.integer({ min: -1, max: 0x7fffffff }),
  }),
  record({
    kind: fc.constant("attach" as const),
    ...about,
    incarnation: storeCount,
    tenant: text.map((name) => name as TenantId),
    after: fc.integer({ min: -1, max: 0x7fffffff }),
    models: fc.array(text, { minLength: 1, maxLength: 64 }),
  }),
  record({ kind: fc.constant("unclaimed" as const), ...about }),
  record({ kind: fc.constant("cancel" as const), ...about }),
  record({ kind: fc.constant("cancel" as const), ...about, isDiscarded: fc.constant(true) }),
  record({
    kind: fc.constant("cancel" as const),
    ...about,
    lastWord: record({
      outcome: fc.constantFrom("stop", "deadline_passed"),
      billedTokens: fc.oneof(fc.constant(0), count),
    }),
  }),
  record({
    kind: fc.constant("ack" as const),
    ...about,
    nextIndex: count,
    isBehind: fc.boolean(),
  }),
);

const end = record({
  reason: fc.constantFrom("stop" as const, "length" as const, "cancelled" as const),
  totals,
});

const events: fc.Arbitrary<WorkerEvent> = fc.oneof(
  record({
    kind: fc.constant("started" as const),
    ...about,
    worker: fc.constant(worker),
    incarnation: storeCount,
    workerType: text,
    zone: text,
  }),
  record({
    kind: fc.constant("start-refused" as const),
    ...about,
    reason: fc.constantFrom(
      "stale-epoch" as const,
      "stale-incarnation" as const,
      "stale-attempt" as const,
      "voided" as const,
      "no-capacity" as const,
      "draining" as const,
      "adapter-missing" as const,
      "adapter-forbidden" as const,
      "not-placed" as const,
      "outside-residency" as const,
    ),
    retryable: fc.boolean(),
  }),
  record({ kind: fc.constant("tokens" as const), ...about, firstIndex: count, tokens }),
  record({ kind: fc.constant("tokens" as const), ...about, firstIndex: count, tokens, end }),
  record({ kind: fc.constant("alive" as const), ...about, outputTokens: count }),
  record({
    kind: fc.constant("alive" as const),
    ...about,
    outputTokens: count,
    isEngineSilent: fc.constant(true),
  }),
  fc.tuple(start, fc.boolean(), text, text).map(([of, isOver, workerType, zone]): WorkerEvent => {
    const { requestId: id, attempt: number } = of;
    const attached = { kind: "attached", requestId: id, attempt: number, worker } as const;
    return { ...attached, workerType, zone, isOver, start: of };
  }),
  record({
    kind: fc.constant("attach-refused" as const),
    ...about,
    reason: fc.constantFrom("gone" as const, "beyond-output" as const, "other-model" as const),
  }),
  record({ kind: fc.constant("detached" as const), ...about }),
  record({
    kind: fc.constant("returned" as const),
    ...about,
    reason: fc.constantFrom(
      "preempted" as const,
      "draining" as const,
      "engine-lost" as const,
      "adapter-lost" as const,
      "voided" as const,
    ),
    totals,
  }),
);

const packCommand = (command: SessionCommand, session = command.requestId): Uint8Array =>
  Command.encode(commandToWire(command, session)).finish();
const packEvent = (event: WorkerEvent, session = event.requestId): Uint8Array =>
  Event.encode(eventToWire(event, session)).finish();

test("whose words they are is told where the session has an id of its own", () => {
  fc.assert(
    fc.property(commands, events, requestId, (command, event, session) => {
      assert.equal(sessionOfWire(Command.decode(packCommand(command, session))), session);
      assert.equal(sessionOfWire(Event.decode(packEvent(event, session))), session);
      assert.equal(sessionOfWire(Command.decode(packCommand(command))), command.requestId);
      assert.equal(sessionOfWire(Event.decode(packEvent(event))), event.requestId);
    }),
  );
  assert.equal(sessionOfWire({ requestId: "r", sessionId: "a/b" }), undefined);
});

test("every command of a session comes back as it went", () => {
  fc.assert(
    fc.property(commands, (command) => {
      assert.deepEqual(commandFromWire(Command.decode(packCommand(command))), command);
    }),
    { numRuns: 500 },
  );
});

test("every event of a worker comes back as it went", () => {
  fc.assert(
    fc.property(events, (event) => {
      assert.deepEqual(eventFromWire(Event.decode(packEvent(event)), worker), event);
    }),
    { numRuns: 500 },
  );
});

test("a start's prompt outlives the buffer it came in", () => {
  fc.assert(
    fc.property(commands, (command) => {
      const bytes = packCommand(command);
      const came = commandFromWire(Command.decode(bytes));
      bytes.fill(0);
      assert.deepEqual(came, command);
    }),
  );
});

/** What bytes mean, or that they mean nothing: never a throw but the decoder's own, never a message the guard turns away. */
function read(bytes: Uint8Array): void {
  const command = decoded(() => Command.decode(bytes));
  if (command !== undefined) assertWell("worker", commandFromWire(command));
  const event = decoded(() => Event.decode(bytes));
  if (event !== undefined) assertWell("session", eventFromWire(event, worker));
}

function decoded<Wire>(decode: () => Wire): Wire | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

function assertWell(mailbox: string, message: unknown): void {
  if (typeof message === "string") return;
  assert.equal(checkMessage(mailbox, message), undefined);
  assertFinite(message);
}

function assertFinite(value: unknown): void {
  if (typeof value === "number") assert.ok(Number.isFinite(value));
  else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) {
    for (const inner of Object.values(value)) assertFinite(inner);
  }
}

test("no flipped, cut or foreign bytes bring a malformed message in", () => {
  const packed = fc.oneof(commands.map(packCommand), events.map(packEvent));
  const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
  fc.assert(
    fc.property(packed, flips, fc.nat(), (bytes, flipped, cut) => {
      const bad = Uint8Array.from(cut % 2 === 0 ? bytes : bytes.subarray(0, cut % bytes.length));
      for (const [at, byte] of flipped) if (bad.length > 0) bad[at % bad.length] = byte;
      read(bad);
    }),
    { numRuns: 5_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), read), { numRuns: 2_000 });
});

test("fields of a later contract are skipped", () => {
  const ack = { kind: "ack", requestId: "r", attempt: 1, nextIndex: 5, isBehind: false } as const;
  const command = { ...ack, requestId: "r" as RequestId };
  // Field 900, a string.
  const later = Uint8Array.of(0xa2, 0x38, 2, 104, 105);
  const bytes = Buffer.concat([packCommand(command), later]);
  assert.deepEqual(commandFromWire(Command.decode(bytes)), command);
});

test("what is wrong with an entry is named", () => {
  const entry = { requestId: "r", attempt: 1 };
  assert.equal(commandFromWire({ attempt: 1, cancel: {} }), "command without a request");
  assert.equal(
    commandFromWire({ ...entry, requestId: "a/b", cancel: {} }),
    "command without a request",
  );
  const tooLong = { outcome: "x".repeat(65), billedTokens: 1 };
  const cancel = { kind: "cancel", requestId: "r", attempt: 1 };
  assert.deepEqual(commandFromWire({ requestId: "r", attempt: 1, cancel: tooLong }), cancel);
  assert.equal(commandFromWire({ requestId: "r", cancel: {} }), "command without an attempt");
  assert.equal(commandFromWire(entry), "unknown command");
  assert.equal(
    commandFromWire({ ...entry, start: { poolEpoch: 0.5 } }),
    "start with poolEpoch that is no count",
  );
  assert.equal(
    commandFromWire({ ...entry, start: { sampling: { topP: NaN } } }),
    "start with topP that is no number",
  );
  assert.equal(eventFromWire(entry, worker), "unknown event");
  assert.equal(
    eventFromWire({ ...entry, returned: { reason: 99 } }, worker),
    "returned for an unknown reason",
  );
  assert.equal(
    eventFromWire({ ...entry, output: { end: { reason: 1, totals: { gpuUs: -1 } } } }, worker),
    "tokens with bad totals",
  );
});
