import assert from "node:assert/strict";
import { test } from "node:test";
import type { Effect } from "#shared/actor/actor.ts";
import { sessionDirectoryAddress, tenantQueueAddress } from "#shared/messages/addresses.ts";
import type { ToSessionDirectory } from "#shared/messages/to-session-directory.ts";
import type { EdgeId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { SessionDirectory } from "./session-directory.actor.ts";
import { sessionDirectory } from "./session-directory.actor.ts";

const edge = "e1" as EdgeId;
const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;
const id = (name: string): RequestId => name as RequestId;

class Directory {
  readonly state: SessionDirectory = sessionDirectory.init(sessionDirectoryAddress(edge));
  nowMs = 1_000_000;

  hear(message: ToSessionDirectory): readonly Effect[] {
    return sessionDirectory.receive(this.state, {
      from: tenantQueueAddress(acme),
      nowMs: this.nowMs,
      message,
    });
  }

  opened(name: string, tenant = acme): readonly Effect[] {
    return this.hear({ kind: "session-opened", requestId: id(name), edge, tenant });
  }

  admitted(name: string, tokens: number, shardEpoch = 1): readonly Effect[] {
    const of = { requestId: id(name), tenant: acme, shard: 3, shardEpoch };
    return this.hear({ kind: "session-admitted", ...of, tokens });
  }

  closed(name: string): readonly Effect[] {
    return this.hear({ kind: "session-closed", requestId: id(name), tenant: acme });
  }

  collect(shardEpoch: number, tenant = acme, shard = 3): readonly Effect[] {
    return this.hear({ kind: "collect-sessions", tenant, shard, shardEpoch });
  }

  tick(): readonly Effect[] {
    this.nowMs += 1_000;
    return this.hear({ kind: "timer-fired", name: "renew" });
  }
}

const sent = (effects: readonly Effect[]): readonly unknown[] =>
  effects.flatMap((effect) => (effect.kind === "send" ? [[effect.to, effect.message]] : []));
const kinds = (effects: readonly Effect[]): readonly string[] =>
  effects.map((effect) => effect.kind);

test("reservations are renewed each second, per tenant, while any session wants a place", () => {
  const directory = new Directory();
  assert.deepEqual(kinds(directory.opened("r1")), ["arm"]);
  assert.deepEqual(kinds(directory.opened("r2", bolt)), []);
  assert.deepEqual(kinds(directory.opened("r2", bolt)), []);
  assert.deepEqual(sent(directory.tick()), [
    ["tenant-queue/acme", { kind: "renew", requestIds: ["r1"] }],
    ["tenant-queue/bolt", { kind: "renew", requestIds: ["r2"] }],
  ]);
  directory.closed("r1");
  directory.closed("r1");
  assert.deepEqual(sent(directory.tick()), [
    ["tenant-queue/bolt", { kind: "renew", requestIds: ["r2"] }],
  ]);
  directory.closed("r2");
  assert.deepEqual(directory.tick(), []);
  assert.equal(directory.state.tenants.size, 0);
  assert.deepEqual(kinds(directory.opened("r3")), ["arm"]);
});

test("a renewal is at most 500 ids", () => {
  const directory = new Directory();
  for (let index = 0; index < 1_100; index++) directory.opened(`r${index}`);
  const sizes = sent(directory.tick()).map(
    (pair) => (pair as [string, { requestIds: string[] }])[1].requestIds.length,
  );
  assert.deepEqual(sizes, [500, 500, 100]);
});

test("a shard's new owner learns how many sessions to expect, and each of them hears of it, as often as it asks", () => {
  const directory = new Directory();
  directory.opened("r1");
  directory.admitted("r1", 100);
  directory.admitted("r1", 100);
  directory.nowMs += 2_000;
  directory.admitted("r2", 40);
  directory.closed("r1");
  directory.opened("other", bolt);
  const answer = [
    [
      "tenant-queue/acme",
      {
        kind: "edge-holds",
        edge,
        shardEpoch: 9,
        sessions: 1,
        admissions: [
          [2.75, 1, 100],
          [0.75, 1, 40],
        ],
      },
    ],
    ["session/e1/r2", { kind: "announce", shardEpoch: 9 }],
  ];
  assert.deepEqual(sent(directory.collect(9)), answer);
  assert.deepEqual(sent(directory.collect(9)), answer);
});

test("a former owner of the shard is not answered, whichever of its tenants it asks for", () => {
  const directory = new Directory();
  directory.opened("r1");
  directory.collect(9);
  assert.deepEqual(kinds(directory.collect(8)), ["note"]);
  assert.deepEqual(kinds(directory.collect(8, bolt)), ["note"]);
  assert.deepEqual(sent(directory.collect(8, bolt, 4)).length, 1);
  const unknown = { kind: "unknown-requests", tenant: acme, requestIds: [id("r1")] } as const;
  assert.deepEqual(kinds(directory.hear({ ...unknown, shardEpoch: 8 })), ["note"]);
});

test("an admission is noted and said so, again as often as asked, and counted once", () => {
  const directory = new Directory();
  directory.opened("r1");
  const noted = [["session/e1/r1", { kind: "admission-noted", shardEpoch: 5 }]];
  assert.deepEqual(sent(directory.admitted("r1", 10, 5)), noted);
  assert.deepEqual(sent(directory.admitted("r1", 10, 5)), noted);
  const [pair] = sent(directory.collect(6)) as [[string, { admissions: unknown }]];
  assert.deepEqual(pair[1].admissions, [[0.75, 1, 10]]);
});

test("what a next owner was told is whole: a former one's admission is not noted any more, that session asks the next", () => {
  const directory = new Directory();
  directory.opened("r1");
  directory.opened("r2");
  directory.collect(9);
  const late = directory.admitted("r1", 10, 8);
  assert.deepEqual(kinds(late), ["note", "send"]);
  assert.deepEqual(sent(late), [["session/e1/r1", { kind: "announce", shardEpoch: 9 }]]);
  directory.admitted("r2", 20, 9);
  const [pair] = sent(directory.collect(9)) as [[string, { admissions: unknown }]];
  assert.deepEqual(pair[1].admissions, [[0.75, 1, 20]]);
});

test("whose owner was never asked about here is fenced by the first word of the next all the same", () => {
  const directory = new Directory();
  directory.admitted("r1", 10, 9);
  assert.deepEqual(sent(directory.admitted("r2", 10, 8)), [
    ["session/e1/r2", { kind: "announce", shardEpoch: 9 }],
  ]);
  assert.deepEqual(kinds(directory.collect(8)), ["note"]);
});

test("a tenant without sessions here is answered, and takes no room", () => {
  const directory = new Directory();
  const [pair] = sent(directory.collect(9)) as [[string, unknown]];
  const holds = { kind: "edge-holds", edge, shardEpoch: 9, sessions: 0, admissions: [] };
  assert.deepEqual(pair[1], holds);
  assert.equal(directory.state.tenants.size, 0);
});

test("admissions are remembered for a minute, then forgotten with their tenant", () => {
  const directory = new Directory();
  directory.admitted("r1", 10);
  directory.opened("r2", bolt);
  directory.closed("r1");
  for (let second = 0; second < 60; second++) directory.tick();
  const [pair] = sent(directory.collect(1)) as [[string, { admissions: unknown }]];
  assert.deepEqual(pair[1].admissions, [[60.75, 1, 10]]);
  directory.nowMs += 250;
  const [later] = sent(directory.collect(1)) as [[string, { admissions: unknown }]];
  assert.deepEqual(later[1].admissions, []);
  directory.tick();
  assert.deepEqual([...directory.state.tenants.keys()], ["bolt"]);
});

test("requests that the queue does not know submit again, if they still live here", () => {
  const directory = new Directory();
  directory.opened("r1");
  const requestIds = [id("r1"), id("gone")];
  assert.deepEqual(
    sent(directory.hear({ kind: "unknown-requests", tenant: acme, shardEpoch: 1, requestIds })),
    [["session/e1/r1", { kind: "unknown", requestId: "r1" }]],
  );
});

test("the client of a session that fell to a bug is told, once", () => {
  const directory = new Directory();
  directory.opened("r1");
  const lost = (): readonly Effect[] =>
    directory.hear({ kind: "session-unknown", requestId: id("r1") });
  const [pair] = sent(lost()) as [[string, { kind: string; refusal: { code: string } }]];
  assert.equal(pair[0], "client/e1/r1");
  assert.deepEqual([pair[1].kind, pair[1].refusal.code], ["failed", "internal"]);
  assert.deepEqual(lost(), []);
});
