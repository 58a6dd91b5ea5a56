// Places whose pin was given back or refused lately: a question about one of them that comes late, or twice, pins
// nothing again, for nobody would ask it back. Bounded: the oldest are forgotten first.

const rememberedMax = 4096;

export interface ReleasedPlace {
  readonly poolEpoch: number;
  /** Grows with each place of one epoch's router; 0 when the router named none. */
  readonly place: number;
}

/** By attempt; the newest of each. */
export type ReleasedPlaces = Map<string, ReleasedPlace>;

const isNotNewer = (a: ReleasedPlace, b: ReleasedPlace): boolean =>
  a.poolEpoch < b.poolEpoch || (a.poolEpoch === b.poolEpoch && a.place <= b.place);

export function rememberReleased(
  released: ReleasedPlaces,
  attempt: string,
  place: ReleasedPlace,
): void {
  const known = released.get(attempt);
  if (known !== undefined && isNotNewer(place, known)) return;
  released.delete(attempt);
  released.set(attempt, place);
  if (released.size <= rememberedMax) return;
  const oldest = released.keys().next();
  if (oldest.done !== true) released.delete(oldest.value);
}

/** Whether that place, or a later one of the same attempt, was released. */
export function isReleased(
  released: ReleasedPlaces,
  attempt: string,
  place: ReleasedPlace,
): boolean {
  const known = released.get(attempt);
  return known !== undefined && isNotNewer(place, known);
}
