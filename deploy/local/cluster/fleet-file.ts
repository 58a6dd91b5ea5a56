// The desired state of a local fleet: the example's tenants, keys, models, pools and adapters, with as many workers
// as asked for, each on a worker host of its own, spread over the zones.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "#deploy/local/servers/find-program.ts";
import { zones } from "#deploy/local/servers/server-options.ts";
import { parse, stringify } from "yaml";

interface ExampleFleet {
  readonly workers: readonly { readonly pool: string; readonly engine: unknown }[];
  readonly tenants: readonly {
    readonly id: string;
    readonly tier: string;
    readonly keys: readonly { readonly secret?: string }[];
  }[];
}

export const fleetFileIn = (folder: string): string => join(folder, "fleet.yaml");

export const workerHost = (index: number): string => `host-${index + 1}`;

export const zoneOf = (index: number): string => zones[index % zones.length] ?? zones[0];

export function fleetText(workers: number): string {
  const example = exampleFleet();
  const [first] = example.workers;
  if (first === undefined) throw new Error("the example fleet has no worker to copy");
  const { pool, engine } = first;
  const copies = Array.from({ length: workers }, (_, index) => ({
    id: `h100-${index + 1}`,
    pool,
    zone: zoneOf(index),
    host: workerHost(index),
    engine,
  }));
  return stringify({ ...example, workers: copies }, { aliasDuplicateObjects: false });
}

/** `fl-demo-acme (enterprise)`, for those who want to try it. */
export function demoKeys(): readonly string[] {
  return exampleFleet().tenants.flatMap(({ tier, keys }) =>
    keys.flatMap(({ secret }) => (secret === undefined ? [] : [`${secret} (${tier})`])),
  );
}

const exampleFleet = (): ExampleFleet =>
  parse(readFileSync(join(projectRoot, "deploy", "fleet.example.yaml"), "utf8")) as ExampleFleet;
