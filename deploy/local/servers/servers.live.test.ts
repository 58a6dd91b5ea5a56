import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Client } from "pg";
import { processesOf, tagOf } from "#deploy/local/cluster/cluster-tag.ts";
import type { TrustFiles } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import { startEtcdServers } from "./etcd-servers.ts";
import { findProgram } from "./find-program.ts";
import { createFleetAuthority } from "./fleet-authority.ts";
import { startNatsServers } from "./nats-servers.ts";
import { startPostgresServer } from "./postgres-server.ts";

// Every server starts, answers, keeps its data over a kill and a restart, stops, and lets in whom it should.

interface Place {
  readonly folder: string;
  /** The last thing first, then the folder. */
  readonly onEnd: (close: () => Promise<void>) => void;
}

function ownPlace(context: TestContext): Place {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-servers-"));
  const closes: (() => Promise<void>)[] = [];
  context.after(async () => {
    for (const close of closes.reverse()) await close();
    const left = processesOf(folder);
    for (const { pid } of left) process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
    assert.deepEqual(left, [], "nothing is left running");
  });
  return { folder, onEnd: (close) => void closes.push(close) };
}

const optionsIn = (folder: string) => ({ folder, environment: tagOf(folder) });

function etcdctl(endpoint: string, words: readonly string[], trust?: Partial<TrustFiles>): string {
  const { caFile, certFile, keyFile } = trust ?? {};
  const files = [
    ...(caFile === undefined ? [] : [`--cacert=${caFile}`]),
    ...(certFile === undefined ? [] : [`--cert=${certFile}`, `--key=${keyFile ?? ""}`]),
  ];
  const args = [`--endpoints=${endpoint}`, "--command-timeout=1s", ...files, ...words];
  return execFileSync(findProgram("etcdctl"), args, { encoding: "utf8", stdio: "pipe" });
}

async function within<Answer>(limitMs: number, ask: () => Promise<Answer>): Promise<Answer> {
  const untilMs = performance.now() + limitMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await sleep(100);
    }
  }
}

test("three NATS servers keep an acknowledged message over the kill of one, and nothing outlives their stop", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const nats = await startNatsServers({ ...optionsIn(folder), members: 3 });
  onEnd(() => nats.stop());
  assert.deepEqual(
    nats.members.map(({ name, zone }) => [name, zone]),
    [
      ["nats-a", "eu-a"],
      ["nats-b", "eu-b"],
      ["nats-c", "eu-c"],
    ],
  );
  const connection = await connect({ servers: [...nats.servers] });
  onEnd(() => connection.close());
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "KEPT", subjects: ["kept"], num_replicas: 3 });
  await jetstream(connection).publish("kept", "word");
  const [first] = nats.members;
  const pid = first?.pid;
  first?.signal("SIGKILL");
  await first?.restart();
  assert.notEqual(first?.pid, pid);
  const direct = await connect({ servers: `127.0.0.1:${first?.port}` });
  onEnd(() => direct.close());
  // A stream that lost its leader has none for some seconds.
  const messages = await within(20_000, async () => {
    const { state } = await (await jetstreamManager(direct)).streams.info("KEPT");
    return state.messages;
  });
  assert.equal(messages, 1);
});

test("three etcd members keep a key over the kill of one", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const etcd = await startEtcdServers({ ...optionsIn(folder), members: 3 });
  onEnd(() => etcd.stop());
  const [first] = etcd.members;
  const [endpoint = ""] = etcd.endpoints;
  etcdctl(endpoint, ["put", "/kept", "word"]);
  first?.signal("SIGKILL");
  await first?.restart();
  assert.equal(etcdctl(endpoint, ["get", "/kept", "--print-value-only"]).trim(), "word");
});

test("Postgres keeps a row over a kill, and its database is the registry's", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const postgres = await startPostgresServer(optionsIn(folder));
  onEnd(() => postgres.stop());
  const { host, port, database, member } = postgres;
  const query = async (user: string, text: string): Promise<readonly unknown[]> => {
    const client = new Client({ host, port, database, user });
    client.on("error", () => undefined);
    await client.connect();
    return client.query(text).then(
      async ({ rows }: { readonly rows: readonly unknown[] }) => {
        await client.end();
        return rows;
      },
      async (error: unknown) => {
        await client.end();
        throw error;
      },
    );
  };
  await query("registry", "create table kept (word text)");
  await query("registry", "insert into kept values ('word')");
  member.signal("SIGKILL");
  await member.restart();
  assert.deepEqual(await query("registry", "select word from kept"), [{ word: "word" }]);
  await assert.rejects(query("edge", "select word from kept"), /permission denied/);
  await assert.rejects(query("edge", "create table mine (word text)"), /permission denied/);
  await assert.rejects(query("fairlead_local", "select 1"), /no pg_hba.conf entry/);
});

test("NATS lets a role in by its certificate, to say what the role may say, and nobody without one", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const authority = createFleetAuthority(join(folder, "authority"));
  const nats = await startNatsServers({ ...optionsIn(folder), members: 1, authority });
  onEnd(() => nats.stop());
  const [servers = ""] = nats.servers;
  const enter = (tls: object) => connect({ servers, tls, reconnect: false, timeout: 2_000 });
  const edge = await enter(readTrust(authority.issue("edge", "edge-a-1")));
  const refused = new Promise<string>((resolve) => {
    void (async () => {
      for await (const status of edge.status()) {
        if (status.type === "error") resolve(status.error.message);
      }
    })();
  });
  edge.publish("fl.router.worker.x", "speaking as a router");
  assert.match(await refused, /permissions violation/i);
  await edge.close();
  const ca = readFileSync(authority.caFile, "utf8");
  await assert.rejects(enter({ ca }), "no certificate");
  await assert.rejects(
    enter(readTrust(authority.issue("nats", "nats-x"))),
    "a server's is no role",
  );
  const other = createFleetAuthority(join(folder, "other")).issue("edge", "edge-a-1");
  await assert.rejects(enter({ ...readTrust(other), ca }), "another authority's");
  await assert.rejects(connect({ servers, reconnect: false, timeout: 2_000 }), "no encryption");
});

test("etcd lets a role write its own prefixes, and nobody in without a certificate", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const authority = createFleetAuthority(join(folder, "authority"));
  const etcd = await startEtcdServers({ ...optionsIn(folder), members: 1, authority });
  onEnd(() => etcd.stop());
  const [endpoint = ""] = etcd.endpoints;
  const edge = authority.issue("edge", "edge-a-1");
  etcdctl(endpoint, ["put", "/edge/edge-a-1", "here"], edge);
  const control = authority.issue("control", "control-a-1");
  for (const key of ["/own/shard/1", "/escrow/acme"]) {
    assert.throws(() => etcdctl(endpoint, ["put", key, "mine"], edge), /permission denied/);
    etcdctl(endpoint, ["put", key, "mine"], control);
  }
  assert.match(etcdctl(endpoint, ["get", "", "--prefix"], edge), /mine/);
  const put = ["put", "/edge/edge-b-1", "here"];
  assert.throws(() => etcdctl(endpoint, put, { caFile: authority.caFile }), "no certificate");
  const other = createFleetAuthority(join(folder, "other")).issue("edge", "edge-a-1");
  const foreign = { ...other, caFile: authority.caFile };
  assert.throws(() => etcdctl(endpoint, put, foreign), "another authority's");
});

test("Postgres lets a role in as itself alone, and nobody without a certificate or encryption", async (context) => {
  const { folder, onEnd } = ownPlace(context);
  const authority = createFleetAuthority(join(folder, "authority"));
  const postgres = await startPostgresServer({ ...optionsIn(folder), authority, isDurable: false });
  onEnd(() => postgres.stop());
  const { host, port, database } = postgres;
  const enter = async (user: string, ssl?: object): Promise<void> => {
    const client = new Client({
      host,
      port,
      database,
      user,
      ...(ssl === undefined ? {} : { ssl }),
    });
    client.on("error", () => undefined);
    await client.connect().finally(() => client.end().catch(() => undefined));
  };
  const metering = readTrust(authority.issue("metering", "metering-a-1"));
  await enter("metering", metering);
  await assert.rejects(enter("registry", metering), /certificate authentication failed/);
  await assert.rejects(
    enter("metering", { ca: metering.ca }),
    /requires a valid client certificate/,
  );
  await assert.rejects(enter("metering"), /rejects connection|no encryption/);
  const server = readTrust(authority.issue("postgres", "postgres-x"));
  await assert.rejects(enter("fairlead_local", server), /no pg_hba.conf entry/);
});

test("a server that cannot start says why, and leaves nothing", async (context) => {
  const { folder } = ownPlace(context);
  const authority = createFleetAuthority(join(folder, "authority"));
  const broken = {
    ...authority,
    issue: () => ({ caFile: "/none", certFile: "/none", keyFile: "/none" }),
  };
  const options = { ...optionsIn(folder), members: 1, authority: broken } as const;
  await assert.rejects(startNatsServers(options), /nats-a ended with 1.*\/none/s);
  await assert.rejects(startEtcdServers(options), /etcd-a ended with 1/s);
});

test("an authority that is opened again is the same one, and issues for a proper name only", (context) => {
  const { folder } = ownPlace(context);
  const authority = createFleetAuthority(folder);
  const files = authority.issue("worker", "worker-a-1");
  assert.throws(() => authority.issue("edge", "../edge"), /cannot be the name of a process/);
  const again = createFleetAuthority(folder).issue("edge", "edge-a-1");
  assert.equal(readTrust(again).ca, readTrust(files).ca);
});
