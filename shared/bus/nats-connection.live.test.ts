import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TLSSocket } from "node:tls";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { Address } from "#shared/actor/actor.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { connectNats } from "./nats-connection.ts";
import { natsAsking } from "./nats-asking.ts";
import type { LiveProcess } from "./nats-live.cases.ts";
import { cancelOf, eventsOf, settled, startLiveProcess, until } from "./nats-live.cases.ts";
import { subjectOf } from "./subjects.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-trust-"));
const authority = createFleetAuthority(join(folder, "authority"));
const foreign = createFleetAuthority(join(folder, "foreign"));
const nats = await startNatsServers({ folder, members: 1, authority });
const { servers } = nats;
after(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

const trustOf = (role: FleetRole | "etcd", from = authority): Trust =>
  readTrust(from.issue(role, `${role}-1`));

const tryConnect = (at: readonly string[], trust?: Trust): Promise<unknown> =>
  connectNats({
    servers: at,
    role: "worker",
    process: "w1",
    onNote: () => undefined,
    ...(trust === undefined ? {} : { trust }),
  });

async function refused(connecting: Promise<unknown>, why: RegExp): Promise<void> {
  const beganMs = performance.now();
  await assert.rejects(connecting, (error) => {
    assert.match(String(error), why);
    return true;
  });
  assert.ok(performance.now() - beganMs < 5_000, "within seconds");
}

/** A server of our own that does as told with each connection. */
async function withServer(
  greet: (socket: Socket) => void,
  check: (at: string) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    greet(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  try {
    await check(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    const isOpen = [...sockets].some((socket) => !socket.destroyed && !socket.readableEnded);
    assert.ok(!isOpen || (await closesSoon(sockets)), "no connection is left behind");
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

async function closesSoon(sockets: ReadonlySet<Socket>): Promise<boolean> {
  await until(
    () => [...sockets].every((socket) => socket.destroyed || socket.readableEnded),
    "connections are closed",
    1_000,
  );
  return true;
}

const greeting = (fields: object): string =>
  `INFO ${JSON.stringify({ version: "2.10.0", max_payload: 1_048_576, ...fields })}\r\n`;

test("where nothing listens, the error names the server and the setting", async () => {
  await withServer(
    (socket) => socket.end(),
    async (at) => {
      await refused(tryConnect([at]), /hangs up before its greeting/);
    },
  );
  await refused(
    tryConnect(["127.0.0.1:1"]),
    /FAIRLEAD_NATS_SERVERS.*127\.0\.0\.1:1: nothing answers/,
  );
  await refused(tryConnect([]), /FAIRLEAD_NATS_SERVERS/);
});

test("a server that accepts and says nothing is given up", () =>
  withServer(
    () => undefined,
    (at) => refused(tryConnect([at]), /accepts connections and then says nothing/),
  ));

test("a server of another kind is called so", () =>
  withServer(
    (socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    (at) => refused(tryConnect([at]), /not as a NATS server/),
  ));

test("a server that is too old, too small or without TLS is told apart", async () => {
  const cases: readonly (readonly [object, RegExp, Trust?])[] = [
    [{ version: "2.8.4" }, /runs NATS 2\.8\.4; 2\.9 or newer/],
    [{ max_payload: 1_000 }, /max_payload/],
    [{ tls_required: true }, /asks for TLS: set FAIRLEAD_TLS_CA_FILE/],
    [{}, /offers no TLS/, trustOf("worker")],
  ];
  for (const [fields, why, trust] of cases) {
    await withServer(
      (socket) => socket.write(greeting(fields)),
      (at) => refused(tryConnect([at], trust), why),
    );
  }
});

test("a server that refuses is quoted", () =>
  withServer(
    (socket) => {
      socket.resume();
      socket.write(`${greeting({})}-ERR 'maximum connections exceeded'\r\n`);
    },
    (at) => refused(tryConnect([at]), /maximum connections exceeded/),
  ));

test("one good server is enough", async () => {
  const link = await connectNats({
    servers: ["127.0.0.1:1", ...servers],
    trust: trustOf("edge"),
    role: "edge",
    process: "edge-1",
    onNote: () => undefined,
  });
  await link.close();
});

test("without a certificate, or with one of another authority, there is no way in", async () => {
  await refused(tryConnect(servers), /asks for TLS/);
  await refused(tryConnect(servers, trustOf("worker", foreign)), /certificate/);
  const { cert, key } = trustOf("worker", foreign);
  const { ca } = trustOf("worker");
  await refused(tryConnect(servers, { ca, cert, key }), /turns this certificate away/);
  await refused(tryConnect(servers, trustOf("etcd")), /refuses this role/);
});

test("a process's certificate does not make it a server", () => {
  const { cert, key } = trustOf("worker");
  return withServer(
    (socket) => {
      socket.write(greeting({ tls_required: true }));
      new TLSSocket(socket, { isServer: true, cert, key }).on("error", () => undefined);
    },
    (at) => refused(tryConnect([at], trustOf("edge")), /its certificate is for "worker"/),
  );
});

test("a role may say what is its own to say, and nothing as another", async () => {
  const control = await startLiveProcess({
    servers,
    process: "control-1",
    trust: trustOf("control"),
  });
  const worker = await startLiveProcess({
    servers,
    role: "worker",
    process: "worker-1",
    trust: trustOf("worker"),
  });
  try {
    const acme = "tenant-queue/acme" as Address;
    control.own(acme);
    await settled(control);
    worker.host.send("worker/w1" as Address, acme, cancelOf("as itself"));
    await until(() => control.heard(acme).length === 1, "a worker speaks as a worker");
    worker.host.send("session/e1/r1" as Address, acme, cancelOf("as a session"));
    worker.host.send("tenant-queue/bolt" as Address, "router/p1" as Address, {
      kind: "withdraw",
      requestId: "r1",
      attempt: 1,
      shardEpoch: 1,
    });
    worker.bus.hear("tenant-queue/acme");
    await until(() => eventsOf(worker, "bus.refused").length >= 3, "the server refuses all three");
    await settled(worker, control);
    assert.deepEqual(control.heard(acme), ["as itself"]);
    assert.deepEqual(eventsOf(control, "bus.refused"), []);
    const subject = subjectOf("session", acme) ?? "";
    assert.ok(
      eventsOf(worker, "bus.refused").some(({ fields }) => String(fields["why"]).includes(subject)),
      "the note names what was refused",
    );
  } finally {
    await Promise.all([control.stop(), worker.stop()]);
  }
});

test("the registry asks and all may answer; nobody else asks, or listens to its replies", async () => {
  const start = (role: FleetRole): Promise<LiveProcess> =>
    startLiveProcess({ servers, role, process: `${role}-1`, trust: trustOf(role) });
  const [registry, worker, edge] = await Promise.all([
    start("registry"),
    start("worker"),
    start("edge"),
  ]);
  try {
    let overheard = 0;
    worker.link.connection.subscribe("_INBOX.registry.>", { callback: () => void overheard++ });
    natsAsking(edge.link).answer("view", () => "secret");
    await settled(worker, edge);
    const options = { timeoutMs: 1_000, expected: ["edge-1"] };
    const { answers } = await natsAsking(registry.link).ask("view", {}, options);
    assert.deepEqual(answers, [{ process: "edge-1", answer: "secret" }]);
    const asked = await natsAsking(worker.link).ask("view", {}, { ...options, timeoutMs: 100 });
    assert.deepEqual(asked, { answers: [], silent: ["edge-1"] });
    await until(() => eventsOf(worker, "bus.refused").length >= 2, "the server refuses both");
    // Once: the server's refusal of the subscription.
    assert.equal(overheard, 1);
    assert.deepEqual(eventsOf(edge, "bus.refused"), []);
  } finally {
    await Promise.all([registry, worker, edge].map((process) => process.stop()));
  }
});
