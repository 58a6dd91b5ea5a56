// One exchange of a tenant's escrow with the store: read, compare and swap under the fence of its shard's claim, again
// if the record changed meanwhile. Whoever is not answered does not know, asks the same again, and is granted once.

import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { Coordination, GetOutcome, PutOutcome, Unknown } from "./coordination.ts";
import { shardKey } from "./coordination-keys.ts";
import { escrowKey, exchange } from "./escrow.ts";
import { readEscrow, writeEscrow } from "./escrow-record.ts";

/** One owner writes at a time: more would be a fault elsewhere, and the question is asked again anyway. */
const swapsMax = 4;

export async function exchangeEscrow(
  store: Pick<Coordination, "get" | "put">,
  question: ExchangeEscrow,
  epochMs: () => number,
): Promise<EscrowExchanged | undefined> {
  const key = escrowKey(question.tenant);
  const fence = { key: shardKey(question.shard), epoch: question.shardEpoch };
  const got = await new Promise<GetOutcome | Unknown>((answer) => store.get(key, answer));
  if (got.kind === "unknown") return undefined;
  let value = got.kind === "found" ? got.value : undefined;
  for (let swap = 0; swap < swapsMax; swap++) {
    const standing = readEscrow(value);
    // Damaged: nobody knows what was taken, so nothing is granted until an operator has mended or deleted it.
    if (standing === "damaged") return undefined;
    const exchanged = exchange(standing, question, epochMs());
    if (exchanged === undefined || exchanged.record === standing) return exchanged?.answer;
    const next = writeEscrow(exchanged.record);
    const expected = value === undefined ? {} : { value };
    const put = await new Promise<PutOutcome | Unknown>((answer) =>
      store.put({ key, value: next, fence, expected }, answer),
    );
    if (put.kind === "put") return exchanged.answer;
    if (put.kind !== "differs") return undefined;
    value = put.value;
  }
  return undefined;
}
