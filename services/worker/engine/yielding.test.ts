import assert from "node:assert/strict";
import { test } from "node:test";
import { engineAddress } from "#shared/messages/addresses.ts";
import type { TenantId, WorkerId } from "#shared/model/ids.ts";
import type { EngineSequence } from "./engine-sequence.ts";
import type { Replica } from "./replica.ts";
import { createReplica } from "./replica.ts";
import type { TenantShare } from "./tenant-share.ts";
import { chargePrompt } from "./tenant-share.ts";
import { satOutMax, sayStandings } from "./yielding.ts";

const stepTokensMax = 1000;

interface Tenant {
  /** Prompt tokens that it had. */
  readonly had: number;
  readonly weight?: number;
  readonly band?: number;
  readonly isDecoding?: boolean;
}

/** Tenants a, b, c… with a sequence each. */
function stage(tenants: readonly Tenant[], batching?: "fifo") {
  const replica = createReplica(engineAddress("w1" as WorkerId), {
    kind: "simulated",
    profile: "llama3_8b/tp1/bfloat16",
    gpus: 1,
    kvBlocks: 1000,
    kvBlockTokens: 16,
    sequencesMax: 8,
    stepTokensMax,
    adapterSlots: 0,
    timeScale: 1,
    ...(batching === undefined ? {} : { batching }),
  });
  const shares = tenants.map(({ had, weight = 1, band = 0, isDecoding = true }, index) => {
    const name = String.fromCharCode(97 + index);
    const share = replica.shares.of(name as TenantId, { weight, band });
    chargePrompt(share, had);
    const sequence = { key: name, share, band, isDecoding, isPaused: false };
    replica.sequences.set(name, sequence as unknown as EngineSequence);
    return share;
  });
  return { replica, shares };
}

const beyond = (replica: Replica, nowUs = 0): string =>
  sayStandings(replica, nowUs)
    .map(({ tenant }) => tenant)
    .join("");
const standings = (shares: readonly TenantShare[]): string[] =>
  shares.map(({ standing }) => standing);

const much = 100 * stepTokensMax;

test("beyond its share is who had two and a half times what the others had, by weight", () => {
  const others = { had: 0.3 * much };
  assert.equal(beyond(stage([{ had: much }, others, others]).replica), "a");
  assert.equal(beyond(stage([{ had: 0.7 * much }, others, others]).replica), "");
  assert.equal(beyond(stage([{ had: much, weight: 2 }, others, others]).replica), "");
});

test("nobody is who has the engine alone, or had little of it", () => {
  assert.equal(beyond(stage([{ had: much }]).replica), "");
  assert.equal(beyond(stage([{ had: 31 * stepTokensMax }, { had: 0 }]).replica), "");
  assert.equal(beyond(stage([{ had: 32 * stepTokensMax }, { had: 0 }]).replica), "a");
});

test("an engine that computes in order of arrival has nobody yield", () => {
  assert.equal(beyond(stage([{ had: much }, { had: 0 }], "fifo").replica), "");
});

test("what it had is forgotten in seconds", () => {
  const { replica } = stage([{ had: much }, { had: 0 }]);
  assert.equal(beyond(replica, 3_000_000), "a");
  assert.equal(beyond(replica, 4_000_000), "");
});

test("its decodes sit out for a prompt of its own band or a higher one alone", () => {
  const prompt = { had: 0, isDecoding: false };
  const calm = stage([{ had: much }, { had: 0 }]);
  const equal = stage([{ had: much }, prompt]);
  const lower = stage([{ had: much }, { ...prompt, band: 1 }]);
  const higher = stage([{ had: much, band: 1 }, prompt]);
  for (const { replica } of [calm, equal, lower, higher]) sayStandings(replica, 0);
  assert.deepEqual(standings(calm.shares), ["yields", "inside"]);
  assert.deepEqual(standings(equal.shares), ["sits-out", "inside"]);
  assert.deepEqual(standings(lower.shares), ["yields", "inside"]);
  assert.deepEqual(standings(higher.shares), ["sits-out", "inside"]);
});

test("after eight steps in a row it takes part in one like anybody", () => {
  const { replica, shares } = stage([{ had: much }, { had: 0, isDecoding: false }]);
  const seen = Array.from({ length: 2 * (satOutMax + 1) }, () => {
    sayStandings(replica, 0);
    return shares[0]?.standing;
  });
  const round = [...Array.from({ length: 8 }, () => "sits-out"), "inside"];
  assert.deepEqual(seen, [...round, ...round]);
});
