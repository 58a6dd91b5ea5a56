// What one desired state has that another has not, as it is told: bounded, and without anything secret.

export interface FleetDiff {
  /** Those in which something differs, in the order in which a fleet is put together. */
  readonly sections: readonly SectionDiff[];
  /** Entries that are counted, and did not fit. */
  readonly omitted: number;
}

export interface SectionDiff {
  readonly section: string;
  readonly counts: { readonly added: number; readonly changed: number; readonly removed: number };
  /** Ids; of all three lists the first that fit. */
  readonly added: readonly string[];
  readonly changed: readonly ChangedEntry[];
  readonly removed: readonly string[];
}

export interface ChangedEntry {
  readonly id: string;
  readonly fields: readonly FieldChange[];
  /** Fields that did not fit. Absent: all did. */
  readonly omitted?: number;
}

/** Values as text, cut to a length. */
export interface FieldChange {
  /** For example `limits.requestsPerMinute`. */
  readonly path: string;
  /** Absent: it was not said. */
  readonly from?: string;
  /** Absent: it is not said any more. */
  readonly to?: string;
}
