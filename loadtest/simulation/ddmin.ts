// The smallest part of a list that still fails: delta debugging (Zeller and Hildebrandt 2002). Each part is left out in
// turn, ever smaller ones, until none of the items that are left can be spared.

export interface Trial<Item> {
  readonly fails: (items: readonly Item[]) => boolean;
  /** No further trial: what has been reached is the answer. */
  readonly isSpent: () => boolean;
}

export function ddmin<Item>(items: readonly Item[], trial: Trial<Item>): readonly Item[] {
  let kept = items;
  let parts = 2;
  while (kept.length > 0) {
    const smaller = withoutOnePart(kept, parts, trial);
    if (smaller !== undefined) {
      kept = smaller;
      parts = Math.max(2, parts - 1);
    } else if (parts >= kept.length || trial.isSpent()) break;
    else parts = Math.min(kept.length, parts * 2);
  }
  return kept;
}

function withoutOnePart<Item>(
  items: readonly Item[],
  parts: number,
  { fails, isSpent }: Trial<Item>,
): readonly Item[] | undefined {
  const partLength = Math.ceil(items.length / parts);
  for (let from = 0; from < items.length && !isSpent(); from += partLength) {
    const rest = [...items.slice(0, from), ...items.slice(from + partLength)];
    if (fails(rest)) return rest;
  }
  return undefined;
}
