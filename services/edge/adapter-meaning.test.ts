import assert from "node:assert/strict";
import { test } from "node:test";
import type { Adapter, Fleet, Tenant } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Rollout } from "#shared/model/rollout.ts";
import { movedTo, neededFor } from "./adapter-meaning.ts";

const acme = { policy: { tenant: "acme" }, trustGroup: "acme", models: ["m"] } as unknown as Tenant;

const adapter = (name: string, digest: string): Adapter => ({
  name,
  digest: digest as AdapterDigest,
  model: "m",
  bytes: 1,
  tenants: ["acme" as TenantId],
});

const rollout = (change: Partial<Rollout> = {}): Rollout => ({
  id: "r1",
  model: "m",
  name: "tone",
  tenant: "acme" as TenantId,
  from: "old" as AdapterDigest,
  to: "new" as AdapterDigest,
  share: 10_000,
  shadowShare: 0,
  isOver: true,
  ...change,
});

const both = [adapter("tone", "old"), adapter("tone-v2", "new")];
const fleetOf = (rollouts: readonly Rollout[], adapters: readonly Adapter[] = both): Fleet =>
  ({ rollouts, adapters }) as unknown as Fleet;

const why = (fleet: Fleet, name: string, digest: string): string | undefined =>
  neededFor(fleet, acme, { model: "m", name, digest })?.message;

test("a version that another name was moved to is not deleted; the moved name itself may be", () => {
  const fleet = fleetOf([rollout()]);
  assert.match(why(fleet, "tone-v2", "new") ?? "", /m:tone means this version since rollout r1/);
  assert.equal(why(fleet, "tone", "old"), undefined);
});

test("the same bytes under another of its names are enough for the name that was moved", () => {
  const fleet = fleetOf([rollout()], [...both, adapter("kept", "new")]);
  assert.equal(why(fleet, "tone-v2", "new"), undefined);
});

test("while a rollout is under way neither of its versions is deleted", () => {
  const fleet = fleetOf([rollout({ isOver: false })]);
  for (const [name, digest] of [
    ["tone", "old"],
    ["tone-v2", "new"],
  ] as const) {
    assert.match(why(fleet, name, digest) ?? "", /Rollout r1 of m:tone needs it/);
  }
});

test("another tenant's rollouts, another model's and a model's own name are nothing to it", () => {
  const others = [
    rollout({ tenant: "bolt" as TenantId }),
    rollout({ model: "other" }),
    rollout({ name: "" }),
  ];
  for (const other of others) {
    assert.equal(why(fleetOf([other]), "tone-v2", "new"), undefined);
    assert.equal(
      movedTo(fleetOf([other]), acme, { model: "m", name: "tone", digest: "old" }),
      undefined,
    );
  }
});

test("a name that was moved is told with the version that it means", () => {
  const { tenant: _, ...all } = rollout({ to: "everyones" as AdapterDigest });
  const moved = (...rollouts: readonly Rollout[]): string | undefined =>
    movedTo(fleetOf(rollouts), acme, { model: "m", name: "tone", digest: "old" });
  assert.equal(moved(rollout()), "new");
  assert.equal(moved(all), "everyones");
  // A tenant's own goes before everyone's.
  assert.equal(moved(all, rollout()), "new");
  assert.equal(moved(rollout({ isOver: false })), undefined);
});
