// What is still held when no request is: nothing may be.

import { setTimeout as sleep } from "node:timers/promises";
import { askAdmin } from "#loadtest/chaos/ask-admin.ts";

interface Held {
  readonly kv: {
    readonly tenants: readonly { readonly tenant: string; readonly heldBlocks: number }[];
    readonly workers: readonly { readonly worker: string; readonly bookedBlocks: number }[];
  };
  readonly tenants: readonly {
    readonly tenant: string;
    readonly waiting: number;
    readonly running: number;
  }[];
  readonly workers: readonly { readonly worker: string; readonly running: number }[];
}

const lookEveryMs = 250;

/** In words, each thing that is still held after `withinMs`. */
export async function leftAtRest(admin: string, withinMs: number): Promise<readonly string[]> {
  const untilMs = performance.now() + withinMs;
  for (;;) {
    const left = await heldNow(admin);
    if (left.length === 0 || performance.now() >= untilMs) return left;
    await sleep(lookEveryMs);
  }
}

async function heldNow(admin: string): Promise<readonly string[]> {
  try {
    const [kv, { tenants }, { workers }] = await Promise.all([
      askAdmin<Held["kv"]>(admin, "/admin/v1/kv"),
      askAdmin<Pick<Held, "tenants">>(admin, "/admin/v1/tenants"),
      askAdmin<Pick<Held, "workers">>(admin, "/admin/v1/workers"),
    ]);
    return held({ kv, tenants, workers });
  } catch (error) {
    return [`the admin API does not say: ${(error as Error).message}`];
  }
}

const held = ({ kv, tenants, workers }: Held): readonly string[] => [
  ...kv.tenants.flatMap(({ tenant, heldBlocks }) =>
    heldBlocks === 0 ? [] : [`${tenant} holds ${heldBlocks} KV blocks`],
  ),
  ...kv.workers.flatMap(({ worker, bookedBlocks }) =>
    bookedBlocks === 0 ? [] : [`${bookedBlocks} KV blocks of ${worker} are booked`],
  ),
  ...tenants.flatMap(({ tenant, waiting, running }) =>
    waiting + running === 0 ? [] : [`${tenant} has ${waiting} waiting, ${running} running`],
  ),
  ...workers.flatMap(({ worker, running }) =>
    running === 0 ? [] : [`${worker} runs ${running} sequences`],
  ),
];
