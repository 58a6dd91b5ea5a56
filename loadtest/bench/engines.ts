// `npm run bench -- engines`: real engines behind their drivers. Whether what many tenants get from one of them at once
// is what each would have got alone, and what the driver costs, and the whole platform.

import { parseArgs } from "node:util";
import { startBenchPlatform } from "./engines/bench-platform.ts";
import type { Conditions } from "./engines/conditions.ts";
import { conditionsFrom } from "./engines/conditions.ts";
import { measureOverhead } from "./engines/driver-overhead.ts";
import type { OverheadRow } from "./engines/driver-overhead.ts";
import { buildOf, withEngineHouse } from "./engines/engine-house.ts";
import type { EngineHouse, HouseWish } from "./engines/engine-house.ts";
import type { TurnsWish } from "./engines/in-turns.ts";
import { mixedEngines, serverPort } from "./engines/mixed-engines.ts";
import { measureMixed } from "./engines/mixed-adapters.ts";
import type { MixedEngine, MixedFigures } from "./engines/mixed-adapters.ts";
import { measurePlatform } from "./engines/platform-overhead.ts";
import type { PlatformRow } from "./engines/platform-overhead.ts";
import { untilInterrupted } from "./interruption.ts";

const help = `npm run bench -- engines [--json] [--requests 1000] [--streams 32] [--seconds 2] [--turns 9] [--only mixed|overhead|platform]

A real llama-server (sh deploy/local/llama-server.sh builds it, and installs node-llama-cpp) with tiny models, on one thread.
mixed     --requests greedy requests of 3 tenants, with 3 adapters and the base model, over --streams at once, at the worker's port;
          each compared with the same engine alone: a llama-server, then node-llama-cpp, a row each. near_ties: parted where the
          model's first two choices differ by less than 0.001 in log-probability
overhead  tokens a second of 1, 8 and 32 streams, directly and through the driver at the worker's port, in --turns turns of --seconds
          each; medians, and the median and range of the turns' own ratios
platform  the same of streamed completions over HTTP in OpenAI's dialect, of the llama-server itself and of the whole platform before it
          (one process, as npm start has it, with the model's tokenizer); target: a ratio of 0.9 at least`;

interface EngineFigures {
  readonly conditions: Conditions;
  readonly mixed?: readonly MixedFigures[];
  readonly overhead?: readonly (OverheadRow & OfModel)[];
  readonly platform?: readonly (PlatformRow & OfModel)[];
}

interface OfModel {
  readonly model: string;
}

interface Wish extends Omit<TurnsWish, "streams"> {
  readonly requests: number;
  readonly streams: number;
}

const streamCounts = [1, 8, 32];

export async function run(args: string[]): Promise<EngineFigures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      requests: { type: "string", default: "1000" },
      streams: { type: "string", default: "32" },
      seconds: { type: "string", default: "2" },
      turns: { type: "string", default: "9" },
      only: { type: "string" },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const wish: Wish = {
    requests: whole("--requests", values.requests, 1_000_000),
    streams: whole("--streams", values.streams, 256),
    turnMs: whole("--seconds", values.seconds, 600) * 1000,
    turns: whole("--turns", values.turns, 100),
  };
  const { only } = values;
  if (only !== undefined && !Object.hasOwn(parts, only)) {
    throw new Error(`--only: ${Object.keys(parts).join(" or ")}`);
  }
  const wanted = Object.entries(parts).filter(([name]) => only === undefined || name === only);
  const conditions = conditionsFrom(await withEngineHouse(tinyHouse, buildOf));
  let figures = {};
  for (const [name, measure] of wanted) {
    const rows = await measure(wish);
    if (!values.json) console.table(rows.map(withoutLists));
    figures = { ...figures, [name]: rows };
  }
  return { conditions: conditions(), ...figures };
}

type Rows = readonly object[];

/** A table's cell holds a figure, or a range. */
const withoutLists = (row: object): object =>
  Object.fromEntries(Object.entries(row).filter(([name]) => name !== "differences"));

const parts: Readonly<Record<string, (wish: Wish) => Promise<Rows>>> = {
  mixed: (wish) => mixedOf(wish),
  overhead: (wish) => ofEachModel(["small", "tiny"], (house) => overheadOf(house, wish)),
  platform: (wish) => ofEachModel(["medium", "small", "tiny"], (house) => platformOf(house, wish)),
};

const tinyHouse = { size: "tiny", slots: 1, contextTokens: 512 } as const;

/** KV in full precision. Halves, the server's default, round a sum's last bits up to where they can be seen. */
const exact = ["-ctk", "f32", "-ctv", "f32", "-fa", "off"];

const mixedOf = (wish: Wish): Promise<readonly MixedFigures[]> =>
  withEngineHouse({ ...tinyHouse, slots: wish.streams, flags: exact }, async (house) => {
    const figures: MixedFigures[] = [];
    for (const withEngine of Object.values(mixedEngines)) {
      const measure = (engine: MixedEngine): Promise<MixedFigures> =>
        untilInterrupted(() => measureMixed(house, engine, wish));
      figures.push(await withEngine(house, measure));
    }
    return figures;
  });

/** Steps of a real model's proportions first. */
async function ofEachModel<Row>(
  sizes: readonly HouseWish["size"][],
  measure: (house: EngineHouse) => Promise<readonly Row[]>,
): Promise<readonly (Row & OfModel)[]> {
  const rows: (Row & OfModel)[] = [];
  for (const size of sizes) {
    // What a server does not stream, of characters that never end, is asked for again: no trained model costs that.
    const house = { size, slots: Math.max(...streamCounts), contextTokens: 512, isText: true };
    const measured = await withEngineHouse(house, measure);
    rows.push(...measured.map((row) => ({ model: size, ...row })));
  }
  return rows;
}

async function overheadOf(house: EngineHouse, wish: Wish): Promise<readonly OverheadRow[]> {
  const port = await serverPort(house);
  try {
    return await atEachCount((streams) => measureOverhead(house, port, { ...wish, streams }));
  } finally {
    port.close();
  }
}

async function platformOf(house: EngineHouse, wish: Wish): Promise<readonly PlatformRow[]> {
  const platform = await startBenchPlatform(house);
  try {
    return await atEachCount((streams) => measurePlatform(house, platform, { ...wish, streams }));
  } finally {
    await platform.stop();
  }
}

/** Interrupted, it is left from here outwards: what was started ends in the reverse order. */
async function atEachCount<Row>(measure: (streams: number) => Promise<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (const streams of streamCounts) {
    rows.push(await untilInterrupted(() => measure(streams)));
  }
  return rows;
}

function whole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name}: a whole number from 1 to ${max}`);
}
