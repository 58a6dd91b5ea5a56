// What the simulator is asked to do, from the words of its command line.

import { parseArgs } from "node:util";

export interface SimulationWanted {
  readonly kind: "simulate";
  readonly seeds: number;
  readonly firstSeed: number;
  /** Threads that run seeds. */
  readonly jobs: number;
  readonly isPlanted: boolean;
  /** Says what failed and the JSON object, no progress. */
  readonly isQuiet: boolean;
  /** For all that fails together. */
  readonly shrinkSeconds: number;
  /** Begin no further seed after that. */
  readonly secondsMax: number | undefined;
  /** One seed, up to that simulated time, with its last happenings. */
  readonly untilMs: number | undefined;
  /** How many happenings to show then. */
  readonly tail: number;
}

export type CommandLine =
  | SimulationWanted
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly why: string };

export const help = `Runs the production actors in simulated worlds that lose, repeat, delay and reorder messages, kill and pause
processes and move ownership, and checks that every promise holds.

  npm run sim -- --seeds 100               seeds 1 to 100
  npm run sim -- --seed 8123               one seed: the line that a failure prints
  npm run sim -- --seed 8123 --until 14.2  that seed up to 14.2 simulated seconds, and what happened last
  npm run sim -- --planted                 plants each known bug; fails unless every one is found within 30 seeds

  --seeds N      how many seeds, 1 to 1000000 (default 1; to look for a planted bug 30)
  --seed S       the first of them, 0 to 9007199254740991 (default 1)
  --jobs N       run seeds, or look for bugs, in N threads, 1 to 64 (default 1); each seed comes out as it would alone
  --seconds N    begin no further seed after N seconds
  --until T      simulated time as seconds, mm:ss or hh:mm:ss, with fractions
  --tail N       how many happenings --until shows, 1 to 10000000 (default 4000)
  --shrink N     spend N seconds on making small cases of what failed, kept in loadtest/simulation/regress (default 60)
  --planted      look for planted bugs instead
  --json         tell no progress
  --help         this

The last line on standard output is one JSON object. Exit code 1: a seed failed, or a planted bug was not found;
2: the command line was not understood.
`;

const seedsMax = 1_000_000;
const jobsMax = 64;
const tailMax = 10_000_000;
const shrinkSecondsMax = 100_000;

export function parseCommandLine(words: readonly string[]): CommandLine {
  let values: Readonly<Record<string, string | boolean | undefined>>;
  try {
    ({ values } = parseArgs({
      args: [...words],
      strict: true,
      options: {
        seeds: { type: "string" },
        seed: { type: "string" },
        seconds: { type: "string" },
        until: { type: "string" },
        tail: { type: "string" },
        jobs: { type: "string" },
        planted: { type: "boolean" },
        shrink: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    }));
  } catch (cause) {
    return mistake(cause instanceof Error ? cause.message : String(cause));
  }
  if (values["help"] === true) return { kind: "help" };
  return wanted(values);
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function wanted(values: Values): CommandLine {
  const isPlanted = values["planted"] === true;
  const counts = countsOf(values, isPlanted);
  if (typeof counts === "string") return mistake(counts);
  const isQuiet = values["json"] === true;
  const times = timesOf(values);
  const why = mistakenTime(times, { isPlanted, isOneSeed: values["seed"] !== undefined });
  if (why !== undefined) return mistake(why);
  return { kind: "simulate", isPlanted, isQuiet, ...counts, ...times };
}

type Counts = Pick<SimulationWanted, "seeds" | "firstSeed" | "jobs" | "shrinkSeconds" | "tail">;

/** All whole numbers, or what is wrong with one of them. */
function countsOf(values: Values, isPlanted: boolean): Counts | string {
  const seeds = wholeNumber(values["seeds"] ?? (isPlanted ? "30" : "1"), 1, seedsMax);
  const firstSeed = wholeNumber(values["seed"] ?? "1", 0, Number.MAX_SAFE_INTEGER - seedsMax);
  const tail = wholeNumber(values["tail"] ?? "4000", 1, tailMax);
  const shrinkSeconds = wholeNumber(values["shrink"] ?? "60", 0, shrinkSecondsMax);
  const jobs = wholeNumber(values["jobs"] ?? "1", 1, jobsMax);
  if (seeds === undefined) return `--seeds takes a whole number from 1 to ${seedsMax}`;
  if (firstSeed === undefined) return "--seed takes a whole number from 0";
  if (tail === undefined) return `--tail takes a whole number from 1 to ${tailMax}`;
  if (shrinkSeconds === undefined) return "--shrink takes a whole number of seconds";
  if (jobs === undefined) return `--jobs takes a whole number from 1 to ${jobsMax}`;
  return { seeds, firstSeed, tail, shrinkSeconds, jobs };
}

type Times = Pick<SimulationWanted, "secondsMax" | "untilMs">;

function mistakenTime(
  { secondsMax, untilMs }: Times,
  { isPlanted, isOneSeed }: { readonly isPlanted: boolean; readonly isOneSeed: boolean },
): string | undefined {
  if (secondsMax !== undefined && !(secondsMax > 0 && secondsMax < 1e6)) {
    return "--seconds takes a positive number";
  }
  if (untilMs === undefined) return undefined;
  if (Number.isNaN(untilMs)) return "--until takes a time such as 14.2 or 01:14.2";
  const isClear = isOneSeed && !isPlanted;
  return isClear ? undefined : "--until needs the one --seed that it shall stop, without --planted";
}

function timesOf(values: Values): Times {
  const { seconds, until } = values;
  return {
    secondsMax: seconds === undefined ? undefined : Number(seconds),
    untilMs: until === undefined ? undefined : clockMs(String(until)),
  };
}

const mistake = (why: string): CommandLine => ({ kind: "mistake", why });

function wholeNumber(word: string | boolean, least: number, most: number): number | undefined {
  const value = /^\d{1,16}$/.test(String(word)) ? Number(word) : NaN;
  return value >= least && value <= most ? value : undefined;
}

/** NaN for what is no time. */
function clockMs(text: string): number {
  if (!/^(\d{1,4}:){0,2}\d{1,6}(\.\d{1,6})?$/.test(text)) return NaN;
  return text.split(":").reduce((seconds, part) => seconds * 60 + Number(part), 0) * 1000;
}

export function* seedsOf({ firstSeed, seeds }: SimulationWanted): Generator<number> {
  for (let count = 0; count < seeds; count++) yield firstSeed + count;
}
