// Reads a trace file, whichever of the three known formats it has; the first line decides.
//
//   Azure CSV       TIMESTAMP,ContextTokens,GeneratedTokens         one row a request, wall-clock times
//   arena CSV       arrival_s,client,prompt_tokens,output_tokens    seconds from the start
//   Mooncake JSONL  {"timestamp", "input_length", "output_length", "hash_ids"}   milliseconds; arrivals sit on a
//                   3 s grid, so each is moved uniformly inside its 3 s by the seed

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { cannotRead } from "#shared/config/file-reason.ts";
import { SeededRandom } from "#shared/sim/seeded-random.ts";
import type { PlannedRequest, Workload } from "./workload.ts";

const mooncakeGridMs = 3000;

const mooncakeLine = z.object({
  timestamp: z.number().min(0),
  input_length: z.number().int().min(1),
  output_length: z.number().int().min(1),
  hash_ids: z.array(z.number().int()),
});

/** Throws an `Error` that names the file, and the line that does not fit its format. */
export function readTrace(path: string, seed: number): Workload {
  const lines = textOf(path)
    .split(/\r?\n/)
    .filter((line) => line !== "");
  const [first = ""] = lines;
  const parse = first.startsWith("{")
    ? parseMooncake
    : first === "TIMESTAMP,ContextTokens,GeneratedTokens"
      ? parseAzure
      : first === "arrival_s,client,prompt_tokens,output_tokens"
        ? parseArena
        : undefined;
  if (parse === undefined) {
    throw new Error(`${path}: not an Azure CSV, an arena CSV or a Mooncake JSONL file`);
  }
  const requests = parse(lines, path, seed).toSorted((a, b) => a.atMs - b.atMs);
  return { name: basename(path), source: path, requests };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw cannotRead(path, error);
  }
}

function parseAzure(lines: readonly string[], path: string): readonly PlannedRequest[] {
  const rows = lines.slice(1).map((line, at) => {
    const [timestamp = "", prompt, output] = line.split(",");
    // Seven fractional digits; Date takes three, and the rest is below what we schedule.
    const atMs = Date.parse(`${timestamp.slice(0, 23).replace(" ", "T")}Z`);
    return {
      atMs: finite(atMs, path, at + 2),
      promptTokens: tokens(prompt, path, at + 2),
      outputTokens: tokens(output, path, at + 2),
    };
  });
  const startMs = Math.min(...rows.slice(0, 1).map((row) => row.atMs));
  return rows.map((row) => ({ ...row, atMs: row.atMs - startMs }));
}

function parseArena(lines: readonly string[], path: string): readonly PlannedRequest[] {
  return lines.slice(1).map((line, at) => {
    const [arrivalS, client, prompt, output] = line.split(",");
    return {
      atMs: finite(Number(arrivalS) * 1000, path, at + 2),
      client: finite(Number(client), path, at + 2),
      promptTokens: tokens(prompt, path, at + 2),
      outputTokens: tokens(output, path, at + 2),
    };
  });
}

function parseMooncake(
  lines: readonly string[],
  path: string,
  seed: number,
): readonly PlannedRequest[] {
  const random = new SeededRandom(seed, "jitter");
  return lines.map((line, at) => {
    const parsed = mooncakeLine.safeParse(jsonOrUndefined(line));
    if (!parsed.success) throw new Error(`${path}:${at + 1}: not a Mooncake request`);
    const { timestamp, input_length, output_length, hash_ids } = parsed.data;
    return {
      atMs: timestamp + random.fraction() * mooncakeGridMs,
      promptTokens: input_length,
      outputTokens: output_length,
      prefixBlocks: hash_ids,
    };
  });
}

function jsonOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const tokens = (field: string | undefined, path: string, line: number): number =>
  Math.max(1, Math.round(finite(Number(field), path, line)));

function finite(value: number, path: string, line: number): number {
  if (!Number.isFinite(value) || value < 0) throw new Error(`${path}:${line}: not a number`);
  return value;
}
