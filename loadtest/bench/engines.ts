// `npm run bench -- engines`: real engines behind their drivers. Whether what many tenants get from one of them at once
// is what each would have got alone, and what the driver costs.

import { parseArgs } from "node:util";
import { measureOverhead } from "./engines/driver-overhead.ts";
import type { OverheadRow } from "./engines/driver-overhead.ts";
import { withEngineHouse } from "./engines/engine-house.ts";
import { mixedEngines, serverPort } from "./engines/mixed-engines.ts";
import { measureMixed } from "./engines/mixed-adapters.ts";
import type { MixedFigures } from "./engines/mixed-adapters.ts";
import { untilInterrupted } from "./interruption.ts";

const help = `npm run bench -- engines [--json] [--requests 1000] [--streams 32] [--seconds 2] [--turns 9] [--only mixed|overhead]

A real llama-server (sh deploy/local/llama-server.sh builds it, and installs node-llama-cpp) with tiny models, on one thread,
behind its driver; all figures at the worker's port, in token ids.
mixed     --requests greedy requests of 3 tenants, with 3 adapters and the base model, over --streams at once; each compared with
          the same engine alone: a llama-server, then node-llama-cpp, a row each. near_ties: parted where the model's first two
          choices differ by less than 0.001 in log-probability
overhead  tokens a second of 1, 8 and 32 streams, directly and through the driver, in --turns turns of --seconds each; medians`;

const parts = ["mixed", "overhead"];

interface OverheadTurns {
  readonly turnMs: number;
  readonly turns: number;
}

interface EngineFigures {
  readonly mixed?: readonly MixedFigures[];
  readonly overhead?: readonly (OverheadRow & { readonly model: string })[];
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
  const say = values.json ? () => undefined : (line: string): void => console.log(line);
  const requests = whole("--requests", values.requests, 1_000_000);
  const streams = whole("--streams", values.streams, 256);
  const turnMs = whole("--seconds", values.seconds, 600) * 1000;
  const turns = whole("--turns", values.turns, 100);
  const { only } = values;
  if (only !== undefined && !parts.includes(only)) throw new Error(`--only: ${parts.join(" or ")}`);
  return untilInterrupted(async () => {
    const mixed = only === "overhead" ? undefined : await mixedOf({ requests, streams });
    for (const figures of mixed ?? []) say(sentence(figures));
    const overhead = only === "mixed" ? undefined : await overheadOfAll({ turnMs, turns });
    if (overhead !== undefined && !values.json) console.table(overhead);
    return {
      ...(mixed === undefined ? {} : { mixed }),
      ...(overhead === undefined ? {} : { overhead }),
    };
  });
}

const sentence = ({ engine, requests, equal, near_ties, contaminated }: MixedFigures): string =>
  `${engine}: ${equal} of ${requests} equal to their solo run, ${near_ties} parted at a tie, ${contaminated} contaminated`;

type Overhead = NonNullable<EngineFigures["overhead"]>;

const overheadOfAll = async (wish: OverheadTurns): Promise<Overhead> => [
  ...(await overheadOf("small", wish)),
  ...(await overheadOf("tiny", wish)),
];

/** KV in full precision. Halves, the server's default, round a sum's last bits up to where they can be seen. */
const exact = ["-ctk", "f32", "-ctv", "f32", "-fa", "off"];

const mixedOf = (wish: {
  readonly requests: number;
  readonly streams: number;
}): Promise<readonly MixedFigures[]> =>
  withEngineHouse(
    { size: "tiny", slots: wish.streams, contextTokens: 512, flags: exact },
    async (house) => {
      const figures: MixedFigures[] = [];
      for (const withEngine of Object.values(mixedEngines)) {
        figures.push(await withEngine(house, (engine) => measureMixed(house, engine, wish)));
      }
      return figures;
    },
  );

const overheadOf = (model: "tiny" | "small", wish: OverheadTurns): Promise<Overhead> =>
  withEngineHouse({ size: model, slots: 32, contextTokens: 512 }, async (house) => {
    const port = await serverPort(house);
    const rows: Overhead[number][] = [];
    try {
      for (const streams of streamCounts) {
        rows.push({ model, ...(await measureOverhead(house, port, { ...wish, streams })) });
      }
    } finally {
      port.close();
    }
    return rows;
  });

function whole(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`${name}: a whole number from 1 to ${max}`);
}
