import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { runOf } from "./engine.cases.ts";
import { EvictableBlocks } from "./evictable-blocks.ts";
import { startVirtualEngine } from "./virtual-engine.ts";

const acme = "acme" as TenantId;
const bolt = "bolt" as TenantId;

const evictAll = (blocks: EvictableBlocks): number[] => {
  const order: number[] = [];
  for (let id = blocks.first(); id !== undefined; id = blocks.first()) {
    order.push(id);
    assert.ok(blocks.delete(id));
  }
  return order;
};

test("inside their shares the least recently used goes first, whoever's", () => {
  const blocks = new EvictableBlocks(10, 0.5);
  blocks.add(3, acme);
  blocks.add(7, bolt);
  blocks.add(1, acme);
  assert.deepEqual(evictAll(blocks), [3, 7, 1]);
});

test("who is beyond its share gives its own, until it is inside", () => {
  const blocks = new EvictableBlocks(10, 0.3);
  for (const id of [0, 1]) blocks.add(id, bolt);
  for (const id of [2, 3, 4, 5, 6]) blocks.add(id, acme);
  assert.deepEqual(evictAll(blocks), [2, 3, 0, 1, 4, 5, 6]);
});

test("a share of one is the plain order", () => {
  const blocks = new EvictableBlocks(4, 1);
  blocks.add(0, bolt);
  for (const id of [1, 2, 3]) blocks.add(id, acme);
  assert.deepEqual(evictAll(blocks), [0, 1, 2, 3]);
});

const change = fc.record({ id: fc.nat(15), owner: fc.nat(3), isIn: fc.boolean() });

test("as a plain list would have it, whatever is added and taken", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 80 }),
      fc.constantFrom(0.1, 0.25, 0.5, 1),
      (changes, share) => {
        const blocks = new EvictableBlocks(16, share);
        let list: { id: number; owner: string }[] = [];
        for (const { id, owner, isIn } of changes) {
          const tenant = `tenant-${owner}` as TenantId;
          const had = list.some((entry) => entry.id === id);
          if (!isIn) assert.equal(blocks.delete(id), had);
          else blocks.add(id, tenant);
          if (!isIn) list = list.filter((entry) => entry.id !== id);
          else if (!had) list.push({ id, owner: tenant });
          assert.equal(blocks.size, list.length);
          assert.ok(isAllowed(list, blocks.first(), Math.max(1, Math.floor(16 * share))));
        }
      },
    ),
    { numRuns: 200, seed: 5 },
  );
});

function isAllowed(
  list: readonly { id: number; owner: string }[],
  first: number | undefined,
  shareBlocks: number,
): boolean {
  const sizes = new Map<string, number>();
  for (const { owner } of list) sizes.set(owner, (sizes.get(owner) ?? 0) + 1);
  const most = Math.max(0, ...sizes.values());
  if (most <= shareBlocks) return first === list[0]?.id;
  const owner = list.find(({ id }) => id === first)?.owner ?? "";
  return sizes.get(owner) === most && list.find((entry) => entry.owner === owner)?.id === first;
}

const spec: SimulatedEngineSpec = {
  kind: "simulated",
  profile: "llama3_8b/tp1/bfloat16",
  gpus: 1,
  kvBlocks: 200,
  kvBlockTokens: 16,
  sequencesMax: 4,
  stepTokensMax: 2048,
  adapterSlots: 0,
  timeScale: 1,
};

/** Cached tokens that bolt finds of its own prompt again, after acme has sent fifty prompts that nobody sends twice. */
function foundAfterFlood(fields: Partial<SimulatedEngineSpec>): number {
  const engine = startVirtualEngine({ ...spec, ...fields });
  engine.tell({ kind: "boot" });
  const send = (seed: string, tenant: TenantId): string => {
    const run = runOf({ seed, tenant, namespace: tenant, tokens: 320, outputTokensMax: 1 });
    engine.tell(run);
    while (engine.fireNext());
    return run.sequence;
  };
  send("what bolt asks again", bolt);
  for (let count = 0; count < 50; count++) send(`flood ${count} `, acme);
  const again = send("what bolt asks again", bolt);
  const last = engine.heard.findLast(
    (message) => message.kind === "step" && message.outputs.length > 0,
  );
  assert.ok(last?.kind === "step");
  const output = last.outputs.find(({ sequence }) => sequence === again);
  return output?.totals.cachedTokens ?? -1;
}

test("one tenant's flood of prefixes leaves another's where they are, and without shares it does not", () => {
  assert.equal(foundAfterFlood({}), 304);
  assert.equal(foundAfterFlood({ prefixShare: 0.25 }), 304);
  assert.equal(foundAfterFlood({ prefixShare: 1 }), 0);
});
