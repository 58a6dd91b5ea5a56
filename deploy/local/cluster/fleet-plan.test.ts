import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "yaml";
import { demoKeys, fleetText } from "./fleet-file.ts";
import { roleWaves, usualSize } from "./role-plan.ts";
import { statusTable } from "./printed.ts";

interface Worker {
  readonly id: string;
  readonly zone: string;
  readonly host: string;
  readonly engine: { readonly kvBlocks: number };
}

test("a fleet file has as many workers as asked for, each on its own host, over three zones", () => {
  const { workers, tenants, adapters } = parse(fleetText(4)) as {
    readonly workers: readonly Worker[];
    readonly tenants: readonly unknown[];
    readonly adapters: readonly unknown[];
  };
  assert.deepEqual(
    workers.map(({ id, zone, host }) => [id, zone, host]),
    [
      ["h100-1", "eu-a", "host-1"],
      ["h100-2", "eu-b", "host-2"],
      ["h100-3", "eu-c", "host-3"],
      ["h100-4", "eu-a", "host-4"],
    ],
  );
  assert.ok(workers.every(({ engine }) => engine.kvBlocks === 27_000));
  assert.equal(tenants.length, 3);
  assert.equal(adapters.length, 3);
  assert.deepEqual(demoKeys(), [
    "fl-demo-acme (enterprise)",
    "fl-demo-bolt (business)",
    "fl-demo-corner (starter)",
  ]);
});

test("roles start in waves, and each role with company is in several zones", () => {
  const names = roleWaves(usualSize).map((wave) => wave.map(({ name }) => name));
  assert.deepEqual(names, [
    ["registry-a-1"],
    ["metering-a-1", "control-a-1", "control-b-1"],
    ["worker-a-1", "worker-b-1", "worker-c-1", "worker-a-2"],
    ["edge-a-1", "edge-b-1"],
  ]);
  const hosts = roleWaves(usualSize)
    .flat()
    .flatMap(({ workerHost }) => workerHost ?? []);
  assert.deepEqual(hosts, ["host-1", "host-2", "host-3", "host-4"]);
});

test("the status of a fleet is a table with an empty cell for a door that a process has not", () => {
  const table = statusTable({
    processes: [
      { name: "nats-a", role: "nats", zone: "eu-a", pid: 7, address: "127.0.0.1:4", ready: true },
      {
        name: "edge-a-1",
        role: "edge",
        zone: "eu-a",
        pid: 8,
        http: "127.0.0.1:5",
        ready: false,
        missing: ["no NATS server is reached", "draining"],
      },
    ],
  });
  assert.deepEqual(table.split("\n"), [
    "role  zone  process   pid  http or server  grpc  admin  ready",
    "nats  eu-a  nats-a    7    127.0.0.1:4                  yes",
    "edge  eu-a  edge-a-1  8    127.0.0.1:5                  no: no NATS server is reached; draining",
  ]);
});
