// A period as parts of calendar months, UTC, for prices by the month. Law: the parts follow each other without gaps and are the period.

export interface Stretch {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
  /** Of the whole month that it is in. */
  readonly monthSeconds: bigint;
}

export function stretchesOf({
  fromEpochMs,
  toEpochMs,
}: {
  readonly fromEpochMs: number;
  readonly toEpochMs: number;
}): readonly Stretch[] {
  const stretches: Stretch[] = [];
  for (let from = fromEpochMs; from < toEpochMs;) {
    const at = new Date(from);
    const beginsMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1);
    const endsMs = Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1);
    const to = Math.min(endsMs, toEpochMs);
    const monthSeconds = BigInt((endsMs - beginsMs) / 1000);
    stretches.push({ fromEpochMs: from, toEpochMs: to, monthSeconds });
    from = to;
  }
  return stretches;
}
