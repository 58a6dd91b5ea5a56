// Who may do what in etcd: a process's certificate is its user, and whoever has none is turned away at once.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import type { Trust } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { KeyList } from "./coordination.ts";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import type { EtcdFault } from "./etcd-opening.ts";
import { EtcdOpeningError } from "./etcd-opening.ts";
import { KnownSuspects, acquitSuspect, noteSuspects, suspectDigest } from "./suspects.ts";
import { claimOf, eventually, leaseOf } from "./etcd-store.cases.ts";

test("with certificates: each role writes its own keys, strangers are turned away with advice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-etcd-"));
  const authority = createFleetAuthority(join(folder, "authority"));
  const stranger = createFleetAuthority(join(folder, "another-authority"));
  const servers = await startEtcdServers({ folder, members: 1, authority });
  const { endpoints } = servers;
  try {
    const control = readTrust(authority.issue("control", "control-1"));
    const foreign = readTrust(stranger.issue("control", "control-1"));
    await rolesWrite(endpoints, control, readTrust(authority.issue("worker", "worker-1")));
    await suspectsPass(endpoints, (role) => readTrust(authority.issue(role, `${role}-1`)));
    const fault = (trust?: Trust): Promise<EtcdOpeningError> => faultOf(endpoints, trust);
    const faults = await Promise.all([
      fault(),
      fault({ ...control, ca: foreign.ca }),
      fault({ ...foreign, ca: control.ca }),
      fault(readTrust(authority.issue("nats", "nats-a"))),
    ]);
    const expected: readonly (readonly [EtcdFault, RegExp])[] = [
      ["silent", /does it want TLS\?/],
      ["untrusted", /no trust between.*FAIRLEAD_TLS_CA_FILE/],
      ["untrusted", /no trust between.*FAIRLEAD_TLS_CA_FILE/],
      ["refused", /refuses the certificate of "nats"/],
    ];
    for (const [index, [kind, words]] of expected.entries()) {
      assert.equal(faults[index]?.fault, kind, faults[index]?.message);
      assert.match(faults[index]?.message ?? "", words);
    }
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true });
  }
});

async function rolesWrite(
  endpoints: readonly string[],
  control: Trust,
  worker: Trust,
): Promise<void> {
  const [controls, workers] = await Promise.all([
    openEtcdCoordination({ endpoints, trust: control }),
    openEtcdCoordination({ endpoints, trust: worker }),
  ]);
  let seen: KeyList | undefined;
  workers.watch("/own/", (list) => {
    seen = list;
  });
  const lease = await leaseOf(controls);
  assert.equal((await claimOf(controls, "/own/a", { lease })).kind, "claimed");
  const refused = await claimOf(workers, "/own/b", { lease: await leaseOf(workers) });
  assert.ok(refused.kind === "unknown" && /permission denied/.test(refused.reason));
  await eventually("everyone reads all", 2_000, () => seen?.entries[0]?.key === "/own/a");
  await Promise.all([controls.close(), workers.close()]);
}

/** A worker accuses, an edge reads, the registry acquits, and nobody else does either. */
async function suspectsPass(
  endpoints: readonly string[],
  trustOf: (role: "worker" | "edge" | "registry") => Trust,
): Promise<void> {
  const open = (role: "worker" | "edge" | "registry") =>
    openEtcdCoordination({ endpoints, trust: trustOf(role) });
  const [worker, edge, registry] = await Promise.all([
    open("worker"),
    open("edge"),
    open("registry"),
  ]);
  const suspect = {
    tenant: "acme",
    namespace: "n",
    promptDigest: "p",
    parameters: "",
    isAlone: true,
    outputIndex: 0,
    worker: "w1",
  };
  const told = { kind: "note-suspects", crash: "w1/1/1", suspects: [suspect] } as const;
  const known = new KnownSuspects(edge);
  const isNotedBy = (store: typeof edge): Promise<boolean> =>
    new Promise((resolve) => {
      noteSuspects(store, told, resolve);
    });
  assert.equal(await isNotedBy(edge), false);
  assert.equal(await isNotedBy(worker), true);
  await eventually("the edge knows", 2_000, () => known.of(() => suspect)?.isGuilty === true);
  const isAcquitted = await new Promise((resolve) => {
    acquitSuspect(registry, suspectDigest(suspect), resolve);
  });
  assert.equal(isAcquitted, true);
  await eventually("the edge forgets", 2_000, () => known.of(() => suspect) === undefined);
  known.stop();
  await Promise.all([worker.close(), edge.close(), registry.close()]);
}

async function faultOf(endpoints: readonly string[], trust?: Trust): Promise<EtcdOpeningError> {
  const options = { endpoints, ...(trust === undefined ? {} : { trust }) };
  const beganMs = performance.now();
  try {
    const store = await openEtcdCoordination(options);
    await store.close();
  } catch (error) {
    assert.ok(error instanceof EtcdOpeningError, String(error));
    assert.ok(performance.now() - beganMs < 5_000, "told in time");
    return error;
  }
  throw new Error("let in");
}
