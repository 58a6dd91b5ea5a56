// The requests of one tenant that wait for one pool, in the tenant's own order: retries first, then by
// admission. A binary heap indexed by request: insert, remove and take in O(log n), whatever the length.

import { assert } from "#shared/actor/assert.ts";
import type { RequestId } from "#shared/model/ids.ts";

export interface Waiting {
  readonly requestId: RequestId;
  /** Lower goes first, whatever the position. */
  readonly rank: number;
  /** Admission sequence; unique within the tenant. */
  readonly position: number;
}

export interface WaitingList {
  readonly heap: Waiting[];
  readonly indexOf: Map<RequestId, number>;
}

export const emptyWaitingList = (): WaitingList => ({ heap: [], indexOf: new Map() });

export const comesBefore = (a: Waiting, b: Waiting): boolean =>
  a.rank < b.rank || (a.rank === b.rank && a.position < b.position);

export const firstWaiting = ({ heap }: WaitingList): Waiting | undefined => heap[0];

export function insertWaiting(list: WaitingList, entry: Waiting): void {
  assert(!list.indexOf.has(entry.requestId), "a request waits once");
  put(list, list.heap.length, entry);
  rise(list, list.heap.length - 1);
}

/** False if it does not wait here. */
export function removeWaiting(list: WaitingList, requestId: RequestId): boolean {
  const index = list.indexOf.get(requestId);
  if (index === undefined) return false;
  const last = list.heap.pop();
  list.indexOf.delete(requestId);
  if (last !== undefined && last.requestId !== requestId) {
    put(list, index, last);
    rise(list, index);
    sink(list, index);
  }
  return true;
}

export function takeFirstWaiting(list: WaitingList): Waiting | undefined {
  const first = list.heap[0];
  if (first !== undefined) removeWaiting(list, first.requestId);
  return first;
}

function put({ heap, indexOf }: WaitingList, index: number, entry: Waiting): void {
  heap[index] = entry;
  indexOf.set(entry.requestId, index);
}

function rise(list: WaitingList, from: number): void {
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!swapIfBefore(list, index, parent)) return;
    index = parent;
  }
}

function sink(list: WaitingList, from: number): void {
  let index = from;
  for (;;) {
    const child = firstChild(list, index);
    if (child === undefined || !swapIfBefore(list, child, index)) return;
    index = child;
  }
}

function firstChild({ heap }: WaitingList, index: number): number | undefined {
  const left = heap[2 * index + 1];
  const right = heap[2 * index + 2];
  if (left === undefined) return undefined;
  return right !== undefined && comesBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
}

function swapIfBefore(list: WaitingList, below: number, above: number): boolean {
  const lower = list.heap[below];
  const upper = list.heap[above];
  if (lower === undefined || upper === undefined || !comesBefore(lower, upper)) return false;
  put(list, above, lower);
  put(list, below, upper);
  return true;
}
