// Two control processes with the real owner over three real etcds: they share, one stands in for the other when it
// is gone, and a hand-over is quick. Nobody acts under an earlier epoch once a later one has acted.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { after, before, test } from "node:test";
import type { EtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import { startEtcdServers } from "#deploy/local/servers/etcd-servers.ts";
import type { Actor, Address } from "#shared/actor/actor.ts";
import { arm, note } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { ownerAddress } from "#shared/messages/addresses.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { createCoordinationDevice } from "./coordination-device.ts";
import { openEtcdCoordination } from "./etcd-coordination.ts";
import { eventually } from "./etcd-store.cases.ts";
import { leaseTtlMs } from "./lease-validity.ts";
import { owner } from "./owner.actor.ts";

const shardCount = 256;
const tenantCount = 300;
const fleet = {
  version: 1,
  tenants: Array.from({ length: tenantCount }, (_, index) => ({ policy: { tenant: `t${index}` } })),
  pools: [{ id: "llama" }],
  workers: [],
} as unknown as Fleet;
const outside = "registry/test" as Address;
const actsEveryMs = 100;

const folder = mkdtempSync(join(tmpdir(), "fairlead-etcd-"));
let servers: EtcdServers | undefined;
before(async () => {
  servers = await startEtcdServers({ folder, members: 3 });
});
after(async () => {
  await servers?.stop();
  rmSync(folder, { recursive: true });
});

/** Stands for whatever is owned: once placed it acts ten times a second, under its epoch. */
const actingAs = (
  name: string,
  epochField: string,
): Actor<{ epoch: number }, { readonly kind: string } & Readonly<Record<string, unknown>>> => ({
  name,
  init: () => ({ epoch: 0 }),
  receive: (acting, { message, nowMs }) => {
    if (message.kind === "placed") acting.epoch = Number(message[epochField]);
    return [
      note("acted", { epoch: acting.epoch }),
      arm("act", nowMs + actsEveryMs, { kind: "timer-fired", name: "act" }),
    ];
  },
});

/** What was done for each owned address, and whether an earlier epoch acted after a later one. */
class Acts {
  readonly violations: string[] = [];
  readonly #last = new Map<Address, { atMs: number; by: string; epoch: number }>();

  noted(by: string, { event, actor, fields, nowMs }: NoteRecord): void {
    if (event !== "acted") return;
    const epoch = Number(fields["epoch"]);
    const last = this.#last.get(actor);
    if (last !== undefined && epoch < last.epoch) {
      this.violations.push(`${actor}: ${by} under ${epoch} after ${last.by} under ${last.epoch}`);
    }
    this.#last.set(actor, { atMs: nowMs, by, epoch });
  }

  /** Tenants for whom somebody acted lately. */
  owned(by?: string): number {
    const sinceMs = performance.now() - 3 * actsEveryMs;
    return [...this.#last].filter(
      ([address, last]) =>
        address.startsWith("tenant-queue/") &&
        last.atMs >= sinceMs &&
        (by === undefined || last.by === by),
    ).length;
  }

  epochs(): ReadonlyMap<Address, number> {
    return new Map([...this.#last].map(([address, { epoch }]) => [address, epoch]));
  }
}

interface Control {
  tell(message: { readonly kind: string }): void;
  /** As a killed process does: nothing more is said, nothing revoked. */
  kill(): Promise<void>;
}

async function startControl(t: TestContext, process: string, acts: Acts): Promise<Control> {
  const onNote = (record: NoteRecord): void => {
    acts.noted(process, record);
  };
  const store = await openEtcdCoordination({ endpoints: servers?.endpoints ?? [], onNote });
  const ownedKinds = new Set(["tenant-queue", "router", "kv-accountant"]);
  const host = createLocalHost({ process, ownedKinds, onNote });
  host.register(owner);
  host.register(actingAs("tenant-queue", "shardEpoch"));
  host.register(actingAs("router", "poolEpoch"));
  host.register(actingAs("kv-accountant", "poolEpoch"));
  const coordination = createCoordinationDevice(store, host);
  host.attach("coordination", coordination.device);
  const tell = (message: { readonly kind: string; readonly [field: string]: unknown }): void => {
    host.send(outside, ownerAddress(process), message);
  };
  const begin = { process, zone: "z", isControl: true, shardCount, workers: [] };
  tell({ kind: "begin", ...begin });
  tell({ kind: "fleet-changed", fleet });
  const kill = async (): Promise<void> => {
    host.stop();
    coordination.stop();
    await store.close();
  };
  t.after(kill);
  return { tell, kill };
}

test("two controls over etcd: all owned at once, shared, taken over after a kill, handed over in a moment", async (t) => {
  const acts = new Acts();
  const beganMs = performance.now();
  const first = await startControl(t, "control-a", acts);
  await eventually("one owns all", 6_000, () => acts.owned("control-a") === tenantCount);
  t.diagnostic(`one process owns ${shardCount} shards after ${took(beganMs)} ms`);

  const second = await startControl(t, "control-b", acts);
  const isShared = (): boolean =>
    acts.owned("control-b") > tenantCount / 4 && acts.owned() === tenantCount;
  await eventually("shared", 12_000, isShared);

  const before = acts.epochs();
  await second.kill();
  const killedMs = performance.now();
  await eventually(
    "taken over after the lease",
    leaseTtlMs + 2_000 + 2_000,
    () => acts.owned("control-a") === tenantCount,
  );
  t.diagnostic(`taken over ${took(killedMs)} ms after the kill`);
  for (const [address, epoch] of acts.epochs()) {
    assert.ok(epoch >= (before.get(address) ?? 0), `${address} went back to an earlier epoch`);
  }

  const third = await startControl(t, "control-c", acts);
  await eventually("shared anew", 12_000, () => acts.owned("control-c") > tenantCount / 4);
  const handedMs = performance.now();
  first.tell({ kind: "hand-over" });
  const isHandedOver = (): boolean => acts.owned("control-c") === tenantCount;
  await eventually("handed over", 5_000, isHandedOver);
  t.diagnostic(`handed over in ${took(handedMs)} ms`);
  assert.ok(performance.now() - handedMs < 1_000, `${took(handedMs)} ms for a hand-over`);
  await third.kill();
  assert.deepEqual(acts.violations, []);
});

const took = (sinceMs: number): number => Math.round(performance.now() - sinceMs);
