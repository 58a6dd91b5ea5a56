// What the roll-ups of usage count, and what one row of usage gives to which minute. Law: whole numbers only (thousandths of a
// millisecond, of a GPU microsecond), so that a sum is the same in whatever order it was made.

/** Figure of a roll-up → what a row of `usage` says of it. Requests and outcomes are counts of ones. */
const settledFigures: Readonly<Record<string, string>> = {
  requests: "1",
  settled_requests: "is_final::int",
  ok_requests: "(is_final and outcome in ('stop', 'length'))::int",
  cancelled_requests: "(is_final and outcome = 'cancelled')::int",
  refused_requests:
    "(is_final and attempts = 0 and outcome not in ('stop', 'length', 'cancelled'))::int",
  failed_requests:
    "(is_final and attempts > 0 and outcome not in ('stop', 'length', 'cancelled'))::int",
  prompt_tokens: "prompt_tokens::bigint",
  cached_tokens: "cached_tokens::bigint",
  output_tokens:
    "(case when split_at_epoch_ms > 0 then output_tokens_before else output_tokens end)::bigint",
  queue_us: "(queue_ms * 1000)::bigint",
  prefill_us: "(prefill_ms * 1000)::bigint",
  decode_us: "(decode_ms * 1000)::bigint",
  kv_block_us: "(kv_block_ms * 1000)::bigint",
  preemptions: "preemptions::bigint",
  attempts: "attempts::bigint",
  gpu_ns: "(gpu_us * 1000)::bigint",
};

export const figures: readonly string[] = Object.keys(settledFigures);

/** By which a roll-up is apart; each is a column of `usage`. */
export const groupColumns = ["tenant", "model", "adapter_digest", "pool_class", "tier"] as const;

const groups = groupColumns.join(", ");

export const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;

export interface Level {
  readonly table: string;
  readonly lengthMs: number;
}

/** The roll-ups, finest first. Each holds everything: a query takes the coarsest that fits, and finer ones at its edges. */
export const levels: readonly Level[] = [
  { table: "usage_minutes", lengthMs: minuteMs },
  { table: "usage_hours", lengthMs: hourMs },
  { table: "usage_days", lengthMs: dayMs },
];

const minuteOf = (moment: string): string =>
  `(floor(${moment} / ${minuteMs})::bigint * ${minuteMs}) as starts_at_epoch_ms`;

/** Of output alone: a request is counted once, where it arrived. */
const afterSplit: Readonly<Record<string, string>> = {
  output_tokens: "(output_tokens - output_tokens_before)::bigint",
};

interface Rows {
  readonly from: string;
  readonly where?: string;
  /** -1: what they gave is taken back. */
  readonly sign?: 1 | -1;
}

function linesOf(
  { from, where = "true", sign = 1 }: Rows,
  minute: string,
  terms: string[],
): string {
  const signed = figures.map((figure, at) => {
    const term = terms[at] ?? "0";
    return `${sign === 1 ? term : `-(${term})`} as ${figure}`;
  });
  return `select ${minute}, ${groups}, ${signed.join(", ")} from ${from} where ${where}`;
}

/** What rows of usage give to the minute of their arrival: everything but the output after a split. One line per row. */
export const givenAtArrival = (rows: Rows): string =>
  linesOf(rows, minuteOf("arrived_at_epoch_ms"), Object.values(settledFigures));

/** What they give to the minute that begins with the split. */
export const givenAtSplit = ({ where = "true", ...rows }: Rows): string =>
  linesOf(
    { ...rows, where: `split_at_epoch_ms > 0 and ${where}` },
    minuteOf("split_at_epoch_ms"),
    figures.map((figure) => afterSplit[figure] ?? "0"),
  );

export const givenBy = (from: string, sign: 1 | -1 = 1): string =>
  `${givenAtArrival({ from, sign })}\n union all ${givenAtSplit({ from, sign })}`;

/** Of signed lines of `givenBy`, or of anything with the same columns: one line per minute and group, none of zeros alone. */
export const summed = (lines: string, starts: string = "starts_at_epoch_ms"): string =>
  `select ${starts}, ${groups}, ${figures.map((figure) => `sum(${figure}) as ${figure}`).join(", ")}
   from (${lines}) lines group by 1, ${groups}
   having (${figures.map((figure) => `sum(${figure})`).join(", ")}) <> (${figures.map(() => "0").join(", ")})`;

export const deltaColumns: string = `starts_at_epoch_ms, ${groups}, ${figures.join(", ")}`;

/** The start of the level's bucket that a minute is in. */
export const bucketOf = ({ lengthMs }: Level, starts: string = "starts_at_epoch_ms"): string =>
  lengthMs === minuteMs ? starts : `${starts} - ${starts} % ${lengthMs}`;
