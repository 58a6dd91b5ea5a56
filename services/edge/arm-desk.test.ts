import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { Address } from "#shared/actor/actor.ts";
import type { Device, Host } from "#shared/actor/host.ts";
import type { Open } from "#shared/messages/open-request.ts";
import type { RunGolden } from "#shared/messages/to-arm-desk.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { ToRollout } from "#shared/messages/to-rollout.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { RolloutCounts } from "#shared/model/arm-counts.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import type { AdapterDigest, EdgeId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { rolloutAccount, wholeShare } from "#shared/model/rollout.ts";
import { admit } from "./admit.ts";
import { ArmDesk } from "./arm-desk.ts";
import { ClientCalls } from "./client-calls.ts";
import { edgeConfigDefault } from "./config.ts";
import { viewFleet } from "./fleet-view.ts";
import { LastLimits } from "./last-limits.ts";
import { LoadShed } from "./load-shed.ts";
import { prefixNamespace } from "./prefix-namespace.ts";
import { newRequestId } from "./request-id.ts";
import { fleetOfTests, limitsOfTests } from "./scripted-edge.cases.ts";

// A desk over real calls, whose sessions are played by the test: two tenants, one adapter that is rolled out for both.

const digest = (letter: string): AdapterDigest => letter.repeat(64) as AdapterDigest;
const edge = "e" as EdgeId;
const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;

const rollout: Rollout = {
  id: "r1",
  model: "fair-8b",
  name: "tone",
  from: digest("a"),
  to: digest("b"),
  share: 0,
  shadowShare: wholeShare,
  isOver: false,
};

function fleet(change: Partial<Rollout> = {}): Fleet {
  const [first] = fleetOfTests.tenants;
  assert.ok(first !== undefined);
  const account = {
    ...first,
    policy: { ...first.policy, tenant: rolloutAccount },
    trustGroup: rolloutAccount,
  };
  const tenants = [acme, bolt];
  const adapter = { model: "fair-8b", bytes: 1 };
  return {
    ...fleetOfTests,
    tenants: [...fleetOfTests.tenants, account],
    adapters: [
      { ...adapter, name: "tone", digest: digest("a"), tenants },
      { ...adapter, name: "tone-v2", digest: digest("b"), tenants: [...tenants, rolloutAccount] },
    ],
    rollouts: [{ ...rollout, ...change }],
  };
}

function stand(change: Partial<Rollout> = {}) {
  mock.timers.enable({ apis: ["setInterval"] });
  const devices = new Map<string, Device>();
  const opens: Open[] = [];
  const told: ToRollout[] = [];
  let nowMs = 0;
  const host: Host = {
    register: () => {},
    attach: (kind, device) => void devices.set(kind, device),
    send: (_from, to, message) => {
      if (to.startsWith("rollout/")) told.push(message as ToRollout);
      else if ((message as ToSession).kind === "open") opens.push(message as Open);
      return "accepted";
    },
    nowMs: () => nowMs,
    stop: () => {},
  };
  const calls = new ClientCalls({
    host,
    edge,
    meter: "meter/e" as Address,
    config: edgeConfigDefault,
    limits: new LastLimits(
      () => 0,
      () => undefined,
    ),
    endOf: () => undefined,
    load: new LoadShed(() => 0),
    onFault: (_id, bug) => {
      throw bug;
    },
  });
  const view = viewFleet(fleet(change), "eu");
  const desk = new ArmDesk({ host, edge, calls, view: () => view, note: () => {} });
  const silent = {
    admitted: () => {},
    output: () => true,
    bufferedBytes: () => 0,
    complete: () => {},
    fail: () => {},
  };
  return {
    desk,
    opens,
    at: (ms: number) => {
      nowMs = ms;
    },
    say: (requestId: RequestId, message: ToClient) =>
      devices.get("client")?.(
        `client/e/${requestId}` as Address,
        "session/e/x" as Address,
        message,
      ),
    golden: (asked: Omit<RunGolden, "kind">) =>
      devices.get("arm-desk")?.("arm-desk/e" as Address, "rollout/r1" as Address, {
        kind: "run-golden",
        ...asked,
      }),
    ask: (tenant: TenantId) => {
      const found = view.tenants.get(tenant);
      assert.ok(found !== undefined);
      const admission = admit(
        view,
        { tenant: found },
        {
          model: "fair-8b:tone",
          prompt: { kind: "text", text: "hello there" },
          outputTokensMax: 4,
          outputTokensMin: 0,
          ignoreEos: false,
          stopStrings: [],
          sampling: { temperature: 0, seed: 0 },
        },
        0,
      );
      assert.ok(admission.kind === "admitted" && admission.arm !== undefined);
      const { call: admitted, arm } = admission;
      const requestId = newRequestId();
      const reply = desk.watch({ requestId, admitted, arm }, silent);
      const call = calls.open({
        requestId,
        arrivedAtEpochMs: 0,
        timeoutMs: 60_000,
        keyId: "k",
        admitted,
        reply,
      });
      assert.ok("client" in call);
      return { requestId, hangUp: () => calls.gone(call) };
    },
    counts: (): RolloutCounts => {
      mock.timers.tick(500);
      const last = told.findLast(({ kind }) => kind === "arms-counted");
      assert.ok(last?.kind === "arms-counted");
      return last.counts;
    },
    copies: async (): Promise<readonly Open[]> => {
      await new Promise((resolve) => setImmediate(resolve));
      return opens.filter(({ tenant }) => tenant === rolloutAccount);
    },
    [Symbol.dispose]: () => mock.timers.reset(),
  };
}

const admitted: ToClient = { kind: "admitted", limits: limitsOfTests };
const output: ToClient = { kind: "output", text: "x", outputTokens: 1, index: 0 };

const namespaceOf = (trustGroup: string): string =>
  prefixNamespace({
    trustGroup,
    modelVersion: "fair-8b@1",
    tokenizer: "quad",
    adapterDigest: digest("b"),
  });

test("a request is copied once it is admitted, and counted then", async () => {
  using one = stand();
  const { requestId } = one.ask(acme);
  assert.deepEqual([one.counts().v1.requests, (await one.copies()).length], [0, 0]);
  one.say(requestId, admitted);
  assert.deepEqual([one.counts().v1.requests, (await one.copies()).length], [1, 1]);
});

test("what a limit refuses costs no copy and is no request of its arm", async () => {
  using one = stand();
  for (let times = 0; times < 3; times++) {
    const { requestId } = one.ask(acme);
    one.say(requestId, { kind: "failed", refusal: { code: "requests_per_minute", message: "" } });
  }
  assert.deepEqual([one.counts().v1.requests, (await one.copies()).length], [0, 0]);
});

test("what is read again under its name costs no copy", async () => {
  using one = stand();
  const { requestId } = one.ask(acme);
  const resumed = { replyTerms: "", model: "fair-8b", arrivedAtEpochMs: 0 };
  one.say(requestId, { kind: "resumed", requestId, ...resumed });
  one.say(requestId, admitted);
  one.say(requestId, output);
  assert.deepEqual([one.counts().v1.requests, (await one.copies()).length], [0, 0]);
});

test("what runs again under its name, since nothing of it is kept, is neither counted nor copied again", async () => {
  using one = stand();
  const { requestId } = one.ask(acme);
  const actor = `session/e/${requestId}` as Address;
  const again = { kind: "note", event: "session.runs-again", fields: { requestId } } as const;
  one.desk.hear({ ...again, actor, nowMs: 0 });
  one.say(requestId, admitted);
  one.say(requestId, output);
  assert.deepEqual([one.counts().v1.requests, (await one.copies()).length], [0, 0]);
});

test("cached prefixes of a copy stay among those whom its tenant trusts; golden prompts have their own", async () => {
  using one = stand();
  for (const tenant of [acme, bolt]) one.say(one.ask(tenant).requestId, admitted);
  const copies = await one.copies();
  assert.deepEqual(
    copies.map(({ adapterDigest, namespace }) => [adapterDigest, namespace]),
    [
      [digest("b"), namespaceOf("acme")],
      [digest("b"), namespaceOf("bolt")],
    ],
  );
  one.golden({
    index: 0,
    round: 0,
    model: "fair-8b",
    digest: digest("b"),
    prompt: { prompt: "hello there", outputTokensMax: 4, text: "x" },
  });
  assert.equal(one.opens.at(-1)?.namespace, namespaceOf(rolloutAccount));
});

test("the wait for a place is not the version's, and a note of it starts the clock", () => {
  using one = stand({ shadowShare: 0 });
  const { requestId } = one.ask(acme);
  one.say(requestId, admitted);
  const actor = `session/e/${requestId}` as Address;
  one.desk.hear({
    kind: "note",
    event: "session.granted",
    fields: { requestId },
    actor,
    nowMs: 30_000,
  });
  one.at(30_000);
  one.say(requestId, output);
  const tokens = { promptTokens: 10, cachedTokens: 0, outputTokens: 1 };
  one.say(requestId, { kind: "completed", reason: "stop", ...tokens });
  assert.deepEqual(one.counts().v1.ttftComputed, [1]);
});

test("a client that hung up is looked up no more", () => {
  using one = stand({ shadowShare: 0 });
  const { requestId, hangUp } = one.ask(acme);
  one.say(requestId, admitted);
  hangUp();
  one.desk.hear({
    kind: "note",
    event: "session.attempt-lost",
    fields: { requestId, reason: "engine-crashed" },
    actor: `session/e/${requestId}` as Address,
    nowMs: 1,
  });
  assert.equal(one.counts().v1.crashes, 0);
});

test("of a rollout for several tenants one has no more of the evidence than the others together", async () => {
  const counted = async (change: Partial<Rollout>): Promise<readonly number[]> => {
    using one = stand({ shadowShare: 0, ...change });
    if (change.tenant === undefined) one.say(one.ask(bolt).requestId, admitted);
    for (let times = 0; times < 30; times++) {
      const { requestId } = one.ask(acme);
      one.say(requestId, admitted);
      one.say(requestId, { kind: "failed", refusal: { code: "internal", message: "" } });
    }
    const { requests, errors } = one.counts().v1;
    return [requests, errors, (await one.copies()).length];
  };
  assert.deepEqual(await counted({}), [17, 16, 0]);
  assert.deepEqual(await counted({ tenant: acme }), [30, 30, 0]);
});
