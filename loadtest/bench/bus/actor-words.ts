// The two messages that stand for what actors say: a queue's offer, and the router's answer to it. The moment of
// saying travels in a tag, which is a number of that size anyway.

import type { Address } from "#shared/actor/actor.ts";
import type { Offer } from "#shared/messages/to-router.ts";
import type { QueueGranted } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, PoolId, RequestId, TenantId, WorkerId } from "#shared/model/ids.ts";
import type { Latencies } from "./latencies.ts";
import { nowUs } from "./latencies.ts";

const pool = "llama-3.1-8b.eu.interactive" as PoolId;
const tenant = "acme" as TenantId;
export const queue = `tenant-queue/${tenant}` as Address;
/** Takes offers and says nothing. */
const router = `router/${pool}` as Address;
/** Answers each. */
const answeringRouter = `router/${pool}.answering` as Address;
/** All that the listener hears, and the speaker. */
export const routers: readonly Address[] = [router, answeringRouter];

const requestIdOf = (serial: number): RequestId =>
  serial.toString(16).padStart(32, "a7c31f") as RequestId;

const offerOf = (serial: number): Offer => ({
  kind: "offer",
  requestId: requestIdOf(serial),
  attempt: 1,
  tenant,
  shard: 37,
  shardEpoch: 12,
  session: `session/edge-a-1/${requestIdOf(serial)}` as Address,
  position: serial,
  weight: 2,
  band: 0,
  startTag: nowUs(),
  finishTag: 918_273_645,
  cost: 1_734_000,
  promptTokens: 812,
  outputTokensPredicted: 230,
  outputTokensMax: 1024,
  adapterDigest: "" as AdapterDigest,
  prefixKeys: [
    7_393_108_241_377_001, 512_664_019_225_871, 3_140_081_553_998_102, 88_204_165_019_377,
  ],
});

const grantedOf = ({ requestId, startTag }: Offer): QueueGranted => ({
  kind: "queue-granted",
  requestId,
  attempt: 1,
  pool,
  worker: "h100-1" as WorkerId,
  weight: 2,
  incarnation: 1_763_700_000_000,
  shardEpoch: 12,
  poolEpoch: 9,
  virtualTime: 918_000_000,
  finishTag: startTag,
});

type Carry = (from: Address, to: Address, message: unknown) => unknown;

export const sayOffer =
  (carry: Carry, isAnswered: boolean) =>
  (serial: number): void =>
    void carry(queue, isAnswered ? answeringRouter : router, offerOf(serial));

/** What either end does with what it hears: one way and round trip are both timed where they end. */
export function hearing(latencies: Latencies, carry: Carry) {
  return (from: Address, to: Address, message: unknown): "accepted" => {
    const heard = message as Offer | QueueGranted;
    if (heard.kind === "queue-granted") latencies.add(nowUs() - heard.finishTag);
    else if (to === router) latencies.add(nowUs() - heard.startTag);
    else carry(to, from, grantedOf(heard));
    return "accepted";
  };
}
