// Reads a service's settings from the environment: typed, and with every wrong one named at once, so that
// an operator mends a start in one round. Only a service's config.ts calls it.

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, one line each. Shown to the operator as it is. */
export class EnvironmentError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the environment has ${problems.length} wrong setting(s):\n  ${problems.join("\n  ")}`);
    this.name = "EnvironmentError";
    this.problems = problems;
  }
}

export interface IntegerRange {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

export interface EnvironmentReader {
  /** Any text; an empty one counts as absent. */
  text(name: string, fallback: string): string;
  optionalText(name: string): string | undefined;
  /** Any text, but there must be one. `expected` says what is asked for. */
  required(name: string, expected: string): string;
  /** A text of that form; there must be one. */
  matching(name: string, form: RegExp, expected: string): string;
  integer(name: string, range: IntegerRange): number;
  /** 0 means any free port. */
  port(name: string, fallback: number): number;
  /** `250ms`, `30s`, `5m`: always with its unit. */
  durationMs(name: string, fallbackMs: number): number;
  flag(name: string, fallback: boolean): boolean;
  oneOf<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice;
}

/** Builds a service's frozen settings. Throws one `EnvironmentError` that lists every wrong setting. */
export function readEnvironment<Settings extends object>(
  environment: Environment,
  build: (reader: EnvironmentReader) => Settings,
): Readonly<Settings> {
  const problems: string[] = [];
  const settings = build(readerOf(environment, problems));
  if (problems.length > 0) throw new EnvironmentError(problems);
  return Object.freeze(settings);
}

function readerOf(environment: Environment, problems: string[]): EnvironmentReader {
  const given = (name: string): string | undefined => {
    const value = environment[name]?.trim();
    return value === "" ? undefined : value;
  };
  // A wrong value falls back, so that the remaining settings are checked in the same round.
  const wrong = <Value>(name: string, expected: string, fallback: Value): Value => {
    problems.push(`${name}: expected ${expected}, found ${JSON.stringify(environment[name])}`);
    return fallback;
  };
  const matching = (name: string, form: RegExp, expected: string): string => {
    const value = given(name);
    if (value !== undefined && form.test(value)) return value;
    if (value !== undefined) return wrong(name, expected, "");
    problems.push(`${name}: not set; expected ${expected}`);
    return "";
  };
  const integer = (name: string, { fallback, min, max }: IntegerRange): number => {
    const value = given(name);
    if (value === undefined) return fallback;
    const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max
      ? number
      : wrong(name, `a whole number from ${min} to ${max}`, fallback);
  };
  return {
    text: (name, fallback) => given(name) ?? fallback,
    optionalText: given,
    required: (name, expected) => matching(name, /./, expected),
    matching,
    integer,
    port: (name, fallback) => integer(name, { fallback, min: 0, max: 65_535 }),
    durationMs: (name, fallbackMs) => {
      const value = given(name);
      if (value === undefined) return fallbackMs;
      return parseDuration(value) ?? wrong(name, "a duration such as 250ms, 30s or 5m", fallbackMs);
    },
    flag: (name, fallback) => {
      const value = given(name)?.toLowerCase();
      if (value === undefined) return fallback;
      if (value === "1" || value === "true" || value === "yes") return true;
      if (value === "0" || value === "false" || value === "no") return false;
      return wrong(name, "true or false", fallback);
    },
    oneOf: (name, choices, fallback) => {
      const value = given(name);
      if (value === undefined) return fallback;
      return (
        choices.find((choice) => choice === value) ??
        wrong(name, `one of ${choices.join(", ")}`, fallback)
      );
    },
  };
}

const millisecondsPer: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

function parseDuration(text: string): number | undefined {
  const parts = /^(\d{1,12})(ms|s|m|h)$/.exec(text);
  const unit = millisecondsPer[parts?.[2] ?? ""];
  return parts === null || unit === undefined ? undefined : Number(parts[1]) * unit;
}

/** Names that begin like ours, that `build` never asked for and that `others` does not know: most likely misspelt. */
export function unknownSettings(
  environment: Environment,
  build: (reader: EnvironmentReader) => unknown,
  others: RegExp,
): readonly string[] {
  const known = new Set<string>();
  const heard = new Proxy(environment, {
    get: (target, name) => {
      known.add(String(name));
      return target[String(name)];
    },
  });
  build(readerOf(heard, []));
  return Object.keys(environment).filter(
    (name) => name.startsWith("FAIRLEAD_") && !known.has(name) && !others.test(name),
  );
}
