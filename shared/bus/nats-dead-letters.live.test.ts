import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { deadLetterDevice } from "./dead-letter-device.ts";
import { deadLettersCases, letterOf } from "./dead-letters.cases.ts";
import type { DeadLetters } from "./dead-letters.ts";
import { connectNats } from "./nats-connection.ts";
import { NatsDeadLetters, ensureDeadLetterStream } from "./nats-dead-letters.ts";
import { until } from "./nats-live.cases.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-letters-"));
const authority = createFleetAuthority(join(folder, "authority"));
const nats = await startNatsServers({ folder, members: 1, authority });
const connect = (role: FleetRole, process: string) =>
  connectNats({
    servers: nats.servers,
    role,
    process,
    trust: readTrust(authority.issue(role, process)),
    onNote: () => undefined,
  });
const edge = await connect("edge", "edge-1");
const registry = await connect("registry", "registry-1");
const control = await connect("control", "control-1");
after(async () => {
  await Promise.all([edge, registry, control].map((link) => link.close()));
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

const written = new NatsDeadLetters(edge);
const read = new NatsDeadLetters(registry);
/** As in the fleet: edges write, the registry does the rest. */
const letters: DeadLetters = {
  write: (letter) => written.write(letter),
  list: (filter) => read.list(filter),
  find: (requestId) => read.find(requestId),
  drop: (requestId) => read.drop(requestId),
};

test("a letter that comes before there is a stream is written once there is one", async () => {
  const notes: NoteRecord[] = [];
  const host = { nowMs: () => performance.now() };
  const dead = deadLetterDevice({
    letters: written,
    host,
    onNote: (note) => notes.push(note),
  });
  const { digest, ...letter } = letterOf();
  assert.ok(digest.length > 0);
  const identity = { tenant: "acme", namespace: "n", promptDigest: "d", parameters: "" };
  const died = { kind: "letter-died", ...letter, identity };
  dead.device("dead-letters/edge-1" as Address, "session/edge-1/r" as Address, died);
  await until(() => notes.some(({ event }) => event === "dead-letters.write-failed"), "it waits");
  await ensureDeadLetterStream(registry);
  await until(() => notes.some(({ event }) => event === "dead-letters.kept"), "it is written");
  await dead.close();
  const found = await read.find(letter.requestId);
  assert.equal(found?.tenant, "acme");
  assert.equal(JSON.stringify(found).includes("promptDigest"), false);
  await read.drop(letter.requestId);
});

test("made again, the stream stays as it is", async () => {
  const letter = letterOf();
  await written.write(letter);
  await ensureDeadLetterStream(registry);
  assert.deepEqual(await read.find(letter.requestId), letter);
  await read.drop(letter.requestId);
});

test("no other role writes or reads them", async () => {
  const stranger = new NatsDeadLetters(control);
  await assert.rejects(stranger.write(letterOf()));
  await assert.rejects(stranger.list({ limit: 1 }));
  await assert.rejects(new NatsDeadLetters(edge).list({ limit: 1 }));
});

deadLettersCases("over NATS", async () => {
  for (const { requestId } of await read.list({ limit: 100 })) await read.drop(requestId);
  return letters;
});
