// What `npm run cluster` understands behind its name.

import { parseArgs } from "node:util";
import { usualSize } from "./role-plan.ts";

export const help: string = `npm run cluster -- up [--edges N] [--workers N] | down | status [--json] | restart PROCESS

A whole fleet on loopback, in three zones: 3 NATS, 3 etcd, Postgres, ${usualSize.edges} edges, ${usualSize.control} control processes, ${usualSize.workers} workers, metering
and the registry, each a process of its own with a certificate of its own. It goes on running when the command ends.

  up          starts it: all of it, or nothing      --edges 1 to 9, --workers 1 to 32
  status      a table of its processes              --json  {"processes":[…]}
  restart     one process again, on its ports and with its data: after a kill, or instead of it
  down        ends it and removes its folder

  --folder DIR, or FAIRLEAD_CLUSTER_FOLDER: where it keeps everything, to run several side by side
FAIRLEAD_LOG_LEVEL, FAIRLEAD_DRAIN_PATIENCE, FAIRLEAD_ENGINE_TIME_SCALE_PERCENT, FAIRLEAD_EDGE_… are passed on.`;

export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "mistake"; readonly why: string }
  | { readonly kind: "down"; readonly folder: string | undefined }
  | { readonly kind: "restart"; readonly folder: string | undefined; readonly process: string }
  | { readonly kind: "status"; readonly folder: string | undefined; readonly isJson: boolean }
  | {
      readonly kind: "up";
      readonly folder: string | undefined;
      readonly edges: number;
      readonly workers: number;
    };

const options = {
  help: { type: "boolean", short: "h" },
  folder: { type: "string" },
  edges: { type: "string" },
  workers: { type: "string" },
  json: { type: "boolean" },
} as const;

type Parsed = ReturnType<typeof parse>;

const knownBy: Readonly<Record<string, readonly string[]>> = {
  up: ["folder", "edges", "workers"],
  down: ["folder"],
  status: ["folder", "json"],
  restart: ["folder"],
};

export function readCommandLine(words: readonly string[]): CommandLine {
  let parsed: Parsed;
  try {
    parsed = parse(words);
  } catch (error) {
    // The first sentence names the word; the rest of node's message is about escaping.
    return mistake((error as Error).message.split(/\.\s/)[0] ?? "");
  }
  const { values, positionals } = parsed;
  if (values.help === true) return { kind: "help" };
  const why = mistakeIn(parsed);
  if (why !== undefined) return mistake(why);
  const { folder, json = false } = values;
  switch (positionals[0]) {
    case "up":
      return upOf(values);
    case "down":
      return { kind: "down", folder };
    case "restart":
      return { kind: "restart", folder, process: positionals[1] ?? "" };
    default:
      return { kind: "status", folder, isJson: json };
  }
}

function mistakeIn({ values, positionals }: Parsed): string | undefined {
  const [command, ...others] = positionals;
  if (command === undefined) return "expected up, down, status or restart";
  const known = Object.hasOwn(knownBy, command) ? knownBy[command] : undefined;
  if (known === undefined) return `"${command}" is none of up, down, status, restart`;
  if (command === "restart" && others.length === 0)
    return "restart: expected the name of a process";
  const extra = others[command === "restart" ? 1 : 0];
  if (extra !== undefined) return `"${extra}" means nothing after ${command}`;
  const foreign = Object.keys(values).find((name) => !known.includes(name));
  if (foreign !== undefined) return `${command} has no option --${foreign}`;
  return values.folder === "" ? "--folder: expected a directory" : undefined;
}

const parse = (words: readonly string[]) =>
  parseArgs({ args: [...words], options, allowPositionals: true, strict: true });

function upOf({ folder, edges, workers }: Parsed["values"]): CommandLine {
  const edgeCount = countOf(edges, usualSize.edges, 9);
  if (edgeCount === undefined) return mistake(expected("edges", 9, edges));
  const workerCount = countOf(workers, usualSize.workers, 32);
  if (workerCount === undefined) return mistake(expected("workers", 32, workers));
  return { kind: "up", folder, edges: edgeCount, workers: workerCount };
}

function countOf(text: string | undefined, usual: number, max: number): number | undefined {
  if (text === undefined) return usual;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= max ? count : undefined;
}

const expected = (option: string, max: number, found: string | undefined): string =>
  `--${option}: expected a whole number from 1 to ${max}, found ${JSON.stringify(found)}`;

const mistake = (why: string): CommandLine => ({ kind: "mistake", why });
