import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { EdgeId, RequestId } from "#shared/model/ids.ts";
import type { AdmittedCall } from "./admit.ts";
import type { Call, Reply } from "./client-calls.ts";
import { ClientCalls } from "./client-calls.ts";
import { edgeConfigDefault } from "./config.ts";
import { LoadShed } from "./load-shed.ts";
import { LastLimits } from "./last-limits.ts";

interface Stand {
  readonly calls: ClientCalls;
  readonly sent: string[];
  /** What the reply was told. */
  readonly told: string[];
  readonly faults: unknown[];
  readonly say: (message: ToClient) => void;
  readonly open: (reply?: Partial<Reply>) => Call | undefined;
  isFull: boolean;
  isKeyRevoked: boolean;
}

const requestId = "0123456789abcdef0123456789abcdef" as RequestId;

function stand(openCallsMax = 10): Stand {
  let device: Device | undefined;
  const sent: string[] = [];
  const told: string[] = [];
  const faults: unknown[] = [];
  const host: Host = {
    register: () => {},
    attach: (_kind, attached) => {
      device = attached;
    },
    send: (_from, _to, message) => {
      if (self.isFull) return "refused";
      sent.push((message as ToSession).kind);
      return "accepted";
    },
    nowMs: () => performance.now(),
    stop: () => {},
  };
  const calls = new ClientCalls({
    host,
    edge: "e" as EdgeId,
    meter: "meter/e" as Address,
    config: { ...edgeConfigDefault, openCallsMax },
    limits: new LastLimits(
      () => 0,
      () => undefined,
    ),
    endOf: () => (self.isKeyRevoked ? { code: "key_revoked", message: "" } : undefined),
    load: new LoadShed(() => 0),
    onFault: (_id, bug) => faults.push(bug),
  });
  const self: Stand = {
    calls,
    sent,
    told,
    faults,
    isFull: false,
    isKeyRevoked: false,
    say: (message) =>
      device?.(`client/e/${requestId}` as Address, `session/e/${requestId}` as Address, message),
    open: (change = {}) => {
      const reply: Reply = {
        admitted: () => told.push("admitted"),
        output: () => told.push("output") > 0,
        bufferedBytes: () => 0,
        complete: () => told.push("complete"),
        fail: ({ code }) => told.push(`fail ${code}`),
        ...change,
      };
      const admitted = {} as AdmittedCall;
      const times = { arrivedAtEpochMs: 0, timeoutMs: 1000 };
      const call = calls.open({ requestId, ...times, keyId: "k", admitted, reply });
      return "code" in call ? undefined : call;
    },
  };
  return self;
}

const output: ToClient = { kind: "output", text: "x", outputTokens: 1, index: 0 };
const completed: ToClient = {
  kind: "completed",
  reason: "stop",
  promptTokens: 1,
  cachedTokens: 0,
  outputTokens: 1,
};

test("after its end a call hears nothing and says nothing", () => {
  const { calls, open, say, sent, told } = stand();
  const call = open();
  assert.ok(call);
  say(output);
  say(completed);
  say(output);
  say({ kind: "failed", refusal: { code: "internal", message: "" } });
  calls.gone(call);
  calls.paused(call);
  assert.deepEqual(told, ["output", "complete"]);
  assert.deepEqual(sent, ["open"]);
  assert.equal(calls.size, 0);
});

test("a socket that closes is told once, and nothing more goes to it", () => {
  const { calls, open, say, sent, told } = stand();
  const call = open();
  assert.ok(call);
  calls.gone(call);
  calls.gone(call);
  say(completed);
  assert.deepEqual(sent, ["open", "client-gone"]);
  assert.deepEqual(told, []);
});

test("pause and ready are told when they change", () => {
  const { calls, open, say, sent } = stand();
  const call = open({ output: () => false });
  assert.ok(call);
  say(output);
  say(output);
  calls.ready(call);
  calls.ready(call);
  say(output);
  assert.deepEqual(sent, ["open", "client-paused", "client-ready", "client-paused"]);
});

test("a reply that throws ends its own call, with its session told", () => {
  const { open, say, sent, told, faults, calls } = stand();
  open({
    output: () => {
      throw new Error("odd");
    },
  });
  say(output);
  assert.equal(faults.length, 1);
  assert.deepEqual(sent, ["open", "client-gone"]);
  assert.deepEqual(told, ["fail internal"]);
  assert.equal(calls.size, 0);
});

test("a full edge or a full mailbox opens nothing", () => {
  const full = stand(0);
  assert.equal(full.open(), undefined);
  const stuffed = stand();
  stuffed.isFull = true;
  assert.equal(stuffed.open(), undefined);
  assert.equal(stuffed.calls.size, 0);
});

test("a client that left while the mailbox was full is told as soon as there is room", async () => {
  const full = stand();
  const call = full.open();
  assert.ok(call);
  full.isFull = true;
  full.calls.paused(call);
  full.calls.gone(call);
  assert.deepEqual(full.sent, ["open"]);
  full.isFull = false;
  // The sweep does not keep a process alive; this wait does.
  const deadline = performance.now() + 3000;
  while (full.sent.length < 2 && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(full.sent, ["open", "client-gone"]);
});

test("draining waits for the open calls and ends when they do", async () => {
  const { calls, open, say } = stand();
  open();
  const drained = calls.drain(5000);
  say(completed);
  await drained;
  assert.equal(calls.size, 0);
});

test("a key taken back ends its open call once, and opens none whose body came late", () => {
  const stage = stand();
  stage.open();
  stage.calls.endEnded();
  assert.equal(stage.calls.size, 1);
  stage.isKeyRevoked = true;
  stage.calls.endEnded();
  stage.calls.endEnded();
  stage.say(completed);
  assert.deepEqual(stage.told, ["fail key_revoked"]);
  assert.deepEqual(stage.sent, ["open", "client-gone"]);
  assert.equal(stage.open(), undefined);
  assert.deepEqual(stage.sent, ["open", "client-gone"]);
});
