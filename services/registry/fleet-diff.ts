// What applying a fleet would change: the rows that stand beside the rows that it would write, entry by entry and field by
// field. Law: no key's hash and nothing else secret is in it, and it is never longer than a person reads.

import { assert } from "#shared/actor/assert.ts";
import type {
  ChangedEntry,
  FieldChange,
  FleetDiff,
  SectionDiff,
} from "#shared/model/fleet-diff.ts";
import { printable } from "./fleet-problems.ts";

/** Rows of one table, and how they are told. */
export interface SectionRows {
  readonly section: string;
  /** Columns that tell one entry from another. */
  readonly key: readonly string[];
  readonly before: readonly Row[];
  readonly after: readonly Row[];
}

export type Row = Readonly<Record<string, unknown>>;

/** Over all sections. */
const entriesMax = 200;
const fieldsMax = 20;
const valueLengthMax = 100;

export function fleetDiff(sections: readonly SectionRows[]): FleetDiff {
  let left = entriesMax;
  let omitted = 0;
  const fitting = <Entry>(entries: readonly Entry[]): readonly Entry[] => {
    const fit = entries.slice(0, left);
    left -= fit.length;
    omitted += entries.length - fit.length;
    return fit;
  };
  const told = sections.flatMap((rows): readonly SectionDiff[] => {
    const { section } = rows;
    const { added, changed, removed } = compared(rows);
    const counts = { added: added.length, changed: changed.length, removed: removed.length };
    if (counts.added + counts.changed + counts.removed === 0) return [];
    const lists = { changed: fitting(changed), added: fitting(added), removed: fitting(removed) };
    return [{ section, counts, ...lists }];
  });
  return { sections: told, omitted };
}

/** Rows that are told as a list in the entry of another section that has the same key. */
export interface Within {
  readonly section: string;
  readonly field: string;
  /** The column that has the list's values. */
  readonly value: string;
}

export function putWithin(
  sections: SectionRows[],
  { key, before, after }: SectionRows,
  { section, field, value }: Within,
): void {
  const at = sections.findIndex((rows) => rows.section === section);
  const rows = sections[at];
  assert(rows !== undefined, `rows within ${section} come after it`);
  const withLists = (entries: readonly Row[], parts: readonly Row[]): readonly Row[] => {
    const lists = Map.groupBy(parts, (part) => idOf(part, key));
    return entries.map((entry) => {
      const list = lists.get(idOf(entry, rows.key)) ?? [];
      return { ...entry, [field]: list.map((part) => String(part[value])).toSorted() };
    });
  };
  sections[at] = {
    ...rows,
    before: withLists(rows.before, before),
    after: withLists(rows.after, after),
  };
}

function idOf(row: Row, key: readonly string[]): string {
  const parts = key.map((column) => row[column]);
  assert(!parts.includes(undefined), `a row has its key: ${key.join(", ")}`);
  return parts.join(" ");
}

export const noDiff: FleetDiff = { sections: [], omitted: 0 };

interface Compared {
  readonly added: readonly string[];
  readonly changed: readonly ChangedEntry[];
  readonly removed: readonly string[];
}

function compared({ key, before, after }: SectionRows): Compared {
  const standing = byId(before, key);
  const wanted = byId(after, key);
  return {
    added: [...wanted.keys()].filter((id) => !standing.has(id)),
    removed: [...standing.keys()].filter((id) => !wanted.has(id)),
    changed: [...wanted].flatMap(([id, row]) => {
      const old = standing.get(id);
      const fields = old === undefined ? [] : changesOf(old, row);
      if (fields.length === 0) return [];
      const rest = fields.length - fieldsMax;
      return [{ id, fields: fields.slice(0, fieldsMax), ...(rest > 0 ? { omitted: rest } : {}) }];
    }),
  };
}

const byId = (rows: readonly Row[], key: readonly string[]): ReadonlyMap<string, Row> =>
  new Map(rows.map((row) => [idOf(row, key), row]));

function changesOf(before: Row, after: Row): readonly FieldChange[] {
  const from = leavesOf(before);
  const to = leavesOf(after);
  const paths = new Set([...from.keys(), ...to.keys()]);
  return [...paths].toSorted().flatMap((path): readonly FieldChange[] => {
    const [old, next] = [from.get(path), to.get(path)];
    if (old === next) return [];
    return [
      {
        path: fileName(path),
        ...(old === undefined ? {} : { from: shown(path, old) }),
        ...(next === undefined ? {} : { to: shown(path, next) }),
      },
    ];
  });
}

/** Path → value as text. A list is one value: its order may say something, its places say nothing. */
function leavesOf(row: Row): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== "object" || Array.isArray(value)) {
      leaves.set(path, typeof value === "string" ? value : JSON.stringify(value));
      return;
    }
    for (const [name, field] of Object.entries(value)) {
      walk(field, path === "" ? name : `${path}.${name}`);
    }
  };
  walk(row, "");
  return leaves;
}

/** Whatever may open a door, or be tried against one that does. */
const secretNames = /sha256|secret|password|private|credential|system_?prompt/i;

const shown = (path: string, value: string): string => {
  if (secretNames.test(path)) return "(not shown)";
  const text = printable(value);
  return text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax)}…`;
};

/** As a fleet file says it: a column's name in its spelling; terms stand beside the rest. */
const fileName = (path: string): string =>
  path
    .replace(/^terms\./, "")
    .replace(/^[a-z_]+/, (column) =>
      column.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    );
