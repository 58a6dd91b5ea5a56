// What goes wrong below a measurement must be seen: a dropped message makes figures look better.

import type { NoteRecord } from "#shared/actor/host.ts";

export function sayNote({ event, fields }: NoteRecord): void {
  // Lanes open before the measurement, and end in order after it.
  if (event === "data-plane.open" || event === "data-plane.ended") return;
  console.error(`bench bus: ${event} ${JSON.stringify(fields)}`);
}
