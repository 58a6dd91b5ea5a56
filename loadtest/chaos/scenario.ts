// One kind of disaster: what is done to the fleet while streams run, and what it may cost.

import type { PartedZone } from "./partition/part-zone.ts";
import type { LoadRecords } from "./streams/stream-load.ts";
import type { Stage } from "./stage.ts";

export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Resolves when the last fault is done and undone as far as the scenario undoes it. */
  readonly disturb: (stage: Stage, pace: Pace, parted?: PartedZone) => Promise<void>;
  /** Before any load: what the fleet in that folder needs to be disturbed so. Rejects where the host cannot do it. */
  readonly arrange?: (folder: string) => Promise<PartedZone>;
  /** Some clients do not come back for a stream that broke with its edge: their worker ends and bills it. */
  readonly clientsStayAway?: boolean;
  /** What the fleet's processes are told besides. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What must not have happened and did, in words. */
  readonly judge?: (records: LoadRecords) => readonly string[];
}

export interface Pace {
  /** How often the fault is repeated. */
  readonly times: number;
  readonly everyMs: number;
}
