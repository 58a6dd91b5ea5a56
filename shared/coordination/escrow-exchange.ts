// One exchange of a tenant's escrow with the store: read, compare and swap under the fence of its shard's claim, again
// if the record changed meanwhile. Whoever is not answered does not know, asks the same again, and is granted once.

import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { EscrowExchanged } from "#shared/messages/to-tenant-queue.ts";
import type { Coordination } from "./coordination.ts";
import { shardKey } from "./coordination-keys.ts";
import { escrowKey, exchange } from "./escrow.ts";
import { readEscrow, writeEscrow } from "./escrow-record.ts";

/** One owner writes at a time: more would be a fault elsewhere, and the question is asked again anyway. */
const swapsMax = 4;

export interface EscrowExchange {
  readonly question: ExchangeEscrow;
  /** The wall clock. */
  readonly epochMs: () => number;
  /** Told once: it is exchanged. Never, if that is not known. */
  readonly onExchanged: (answer: EscrowExchanged) => void;
}

/** Without a promise: a simulated world has no turn of the event loop to wait for. */
export function exchangeEscrow(
  store: Pick<Coordination, "get" | "put">,
  exchanging: EscrowExchange,
): void {
  store.get(escrowKey(exchanging.question.tenant), (got) => {
    if (got.kind === "unknown") return;
    swapFrom(store, exchanging, {
      value: got.kind === "found" ? got.value : undefined,
      swapsLeft: swapsMax,
    });
  });
}

interface Standing {
  readonly value: string | undefined;
  readonly swapsLeft: number;
}

function swapFrom(
  store: Pick<Coordination, "get" | "put">,
  exchanging: EscrowExchange,
  { value, swapsLeft }: Standing,
): void {
  const { question, epochMs, onExchanged } = exchanging;
  const standing = readEscrow(value);
  // Damaged: nobody knows what was taken, so nothing is granted until an operator has mended or deleted it.
  if (standing === "damaged" || swapsLeft === 0) return;
  const exchanged = exchange(standing, question, epochMs());
  if (exchanged === undefined) return;
  const { record, answer } = exchanged;
  if (record === standing) return onExchanged(answer);
  const swap = {
    key: escrowKey(question.tenant),
    value: writeEscrow(record),
    fence: { key: shardKey(question.shard), epoch: question.shardEpoch },
    expected: value === undefined ? {} : { value },
  };
  store.put(swap, (put) => {
    if (put.kind === "put") onExchanged(answer);
    else if (put.kind === "differs") {
      swapFrom(store, exchanging, { value: put.value, swapsLeft: swapsLeft - 1 });
    }
  });
}
