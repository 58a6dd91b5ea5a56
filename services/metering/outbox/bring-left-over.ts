// Brings to the meter what earlier lives left on disk, part by part, no faster than the ledger makes room.

import type { Effect } from "#shared/actor/actor.ts";
import { toMeter } from "#shared/messages/to-meter.ts";
import type { TookOver } from "#shared/messages/to-outbox.ts";
import type { Outbox } from "./outbox-state.ts";
import { fill } from "./outbox-state.ts";

const partEntriesMax = 500;
/** Of its bounds: the rest is for what is new. */
const fillMost = 0.5;

/** Whether the meter is still to hear some of it. */
export const hasLeftOver = ({ leftOver }: Outbox): boolean => leftOver.entries.length > 0;

export function bringLeftOver(state: Outbox): Effect[] {
  const { leftOver, meter } = state;
  if (!hasLeftOver(state) || leftOver.isOnItsWay || state.phase !== "open") return [];
  if (state.lastNumber > state.trimmedUpTo && fill(state) > fillMost) return [];
  leftOver.isOnItsWay = true;
  leftOver.part++;
  const entries = leftOver.entries.slice(0, partEntriesMax);
  return [toMeter(meter, { kind: "left-over", part: leftOver.part, entries })];
}

export function tookOver(state: Outbox, { part, upTo }: TookOver): Effect[] {
  const { leftOver } = state;
  state.lastNumber = upTo;
  if (!leftOver.isOnItsWay || part !== leftOver.part) return [];
  leftOver.isOnItsWay = false;
  leftOver.entries = leftOver.entries.slice(partEntriesMax);
  leftOver.upTo = upTo;
  return bringLeftOver(state);
}
