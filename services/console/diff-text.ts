// What a fleet changes, as lines for people.

import type {
  ChangedEntry,
  FieldChange,
  FleetDiff,
  SectionDiff,
} from "#shared/model/fleet-diff.ts";

export const diffLines = ({ sections, omitted }: FleetDiff): readonly string[] => [
  ...sections.flatMap(sectionLines),
  ...(omitted === 0 ? [] : [`(${omitted} more that are counted above are left out)`]),
];

const sectionLines = ({
  section,
  counts,
  added,
  changed,
  removed,
}: SectionDiff): readonly string[] => [
  `${section}: ${countsText(counts)}`,
  ...added.map((id) => `  + ${id}`),
  ...changed.flatMap(changedLines),
  ...removed.map((id) => `  - ${id}`),
];

const countsText = (counts: SectionDiff["counts"]): string =>
  Object.entries(counts)
    .flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
    .join(", ");

const changedLines = ({ id, fields, omitted = 0 }: ChangedEntry): readonly string[] => [
  `  ~ ${id}`,
  ...fields.map((field) => `      ${field.path}: ${valuesText(field)}`),
  ...(omitted === 0 ? [] : [`      (${omitted} more fields)`]),
];

const valuesText = ({ from = "(nothing)", to = "(nothing)" }: FieldChange): string =>
  from === to ? `changed ${to}` : `${from} → ${to}`;
