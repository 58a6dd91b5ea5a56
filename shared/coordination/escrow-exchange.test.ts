import assert from "node:assert/strict";
import { test } from "node:test";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { ClaimOutcome, LeaseGrant, Unknown } from "./coordination.ts";
import { shardKey } from "./coordination-keys.ts";
import { exchangeEscrow } from "./escrow-exchange.ts";
import { MemoryCoordination } from "./memory-coordination.ts";

const epochMs = (): number => Date.UTC(2026, 10, 28, 12);

async function claimedBy(store: MemoryCoordination): Promise<{ lease: string; epoch: number }> {
  const lease = await new Promise<LeaseGrant | Unknown>((answer) =>
    store.grantLease(60_000, answer),
  );
  assert.equal(lease.kind, "granted");
  const claim = { key: shardKey(17), value: "p1", lease: lease.lease };
  const claimed = await new Promise<ClaimOutcome | Unknown>((answer) => store.claim(claim, answer));
  assert.equal(claimed.kind, "claimed");
  return { lease: lease.lease, epoch: claimed.epoch };
}

const question = (shardEpoch: number, seq: number, want: number): ExchangeEscrow => ({
  kind: "exchange-escrow",
  tenant: "acme" as TenantId,
  shard: 17,
  shardEpoch,
  seq,
  returns: [],
  wants: [{ period: "day", metric: "tokens", amount: want, limit: 1000 }],
});

/** Undefined: it is not told within what a store in memory takes. */
const exchanged = (
  store: MemoryCoordination,
  asked: ExchangeEscrow,
): Promise<EscrowExchanged | undefined> =>
  new Promise((resolve) => {
    exchangeEscrow(store, { question: asked, epochMs, onExchanged: resolve });
    setTimeout(() => resolve(undefined), 50);
  });

/** Tokens of the day: granted, and taken in all. */
function ofDay(answer: EscrowExchanged | undefined): readonly number[] {
  const day = answer?.windows.find(({ period }) => period === "day");
  return day === undefined ? [] : [day.granted.tokens, day.taken.tokens];
}

test("two owners never both take: the one whose claim has passed on is not answered", async () => {
  const store = new MemoryCoordination({});
  const old = await claimedBy(store);
  const first = await exchanged(store, question(old.epoch, 1, 400));
  assert.deepEqual(ofDay(first), [400, 400]);
  store.endLease(old.lease);
  const next = await claimedBy(store);
  const [late, fresh] = await Promise.all([
    exchanged(store, question(old.epoch, 2, 900)),
    exchanged(store, question(next.epoch, 1, 900)),
  ]);
  assert.equal(late, undefined);
  assert.deepEqual(ofDay(fresh), [600, 1000]);
  store.close();
});

test("an answer that was lost is asked for again, and nothing is taken twice", async () => {
  let isLossy = true;
  const store = new MemoryCoordination({
    faultOf: (text) =>
      isLossy && text.startsWith("put /escrow/")
        ? { takesEffect: true, isAnswered: false, afterMs: 0 }
        : undefined,
  });
  const { epoch } = await claimedBy(store);
  assert.equal(await exchanged(store, question(epoch, 1, 400)), undefined);
  isLossy = false;
  const again = await Promise.all([1, 1].map((seq) => exchanged(store, question(epoch, seq, 400))));
  assert.deepEqual(again.map(ofDay), [
    [400, 400],
    [400, 400],
  ]);
  store.close();
});
