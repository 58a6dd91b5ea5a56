// Moments as people write them: epoch milliseconds, or an ISO 8601 date or time, of UTC where it names no zone. Pure.

/** Not a number: no such moment. */
export const readMoment = (text: string): number =>
  /^\d{5,15}$/.test(text) ? Number(text) : readIso(text);

const minuteMs = 60_000;
const agoMs: ReadonlyMap<string, number> = new Map([
  ["m", minuteMs],
  ["h", 60 * minuteMs],
  ["d", 1440 * minuteMs],
]);

/** As `readMoment`, or so long before now: `24h` or `-24h`, in m, h or d. Back to a whole minute, for that is what usage is summed by. */
export function readMomentOrAgo(text: string, nowEpochMs: number): number {
  const [, count, unit = ""] = /^-?(\d{1,7})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return readMoment(text);
  const epochMs = nowEpochMs - Number(count) * (agoMs.get(unit) ?? Number.NaN);
  return epochMs < 0 ? Number.NaN : Math.floor(epochMs / minuteMs) * minuteMs;
}

/** A plus sign that was not escaped in a URL arrives as a space. */
function readIso(text: string): number {
  const [, date = "", time, zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+ -]\d\d:\d\d)?)?$/.exec(text) ??
    [];
  if (!isDay(date)) return Number.NaN;
  return Date.parse(time === undefined ? date : `${date}T${time}${zone.replace(" ", "+")}`);
}

/** Whether the text begins with a day that there is. Parsed as a date, the 30th of February is the 2nd of March: nobody meant that. */
export function isDay(text: string): boolean {
  const date = /^\d{4}-\d\d-\d\d/.exec(text)?.[0];
  const epochMs = date === undefined ? Number.NaN : Date.parse(date);
  return !Number.isNaN(epochMs) && new Date(epochMs).toISOString().startsWith(date ?? "");
}
