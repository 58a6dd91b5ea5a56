// What stands in the living system at this moment: one gauge, read when it is asked for.

import type { LabelName } from "./catalogue.ts";

export interface GaugeReading {
  /** A gauge of the catalogue, without `fairlead_`. */
  readonly metric: string;
  readonly labels: Readonly<Partial<Record<LabelName, string>>>;
  readonly value: number;
}
