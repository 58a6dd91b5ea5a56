// Measured serving runs from a CSV file: closed loop, equal lengths, means of time to first token and per output token.
// One row that does not read is an error that names its line.

import { readFileSync } from "node:fs";
import { z } from "zod";
import { cannotRead } from "#shared/config/file-reason.ts";

export interface MeasuredRow {
  readonly system: string;
  readonly backend: string;
  readonly modelPath: string;
  /** Blank: not recorded. */
  readonly precision: string;
  readonly gpus: number;
  /** Requests kept in flight. */
  readonly concurrency: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  readonly ttftMs: number;
  readonly tpotMs: number;
}

const whole = z.coerce.number().int().min(1);
const positive = z.coerce.number().positive();

const line = z.object({
  system: z.string(),
  backend: z.string(),
  model_path: z.string(),
  precision: z.string().default(""),
  tp_size: whole,
  batch_size: whole,
  isl: whole,
  osl: whole,
  silicon_ttft_ms: positive,
  silicon_tpot_ms: positive,
});

const required = Object.keys(line.shape).filter((column) => column !== "precision");

export function readMeasured(path: string): readonly MeasuredRow[] {
  return parseMeasured(textOf(path), path);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw cannotRead(path, error);
  }
}

export function parseMeasured(text: string, path: string): readonly MeasuredRow[] {
  const [header = "", ...lines] = text.split(/\r?\n/);
  const columns = header.split(",").map((column) => column.trim());
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw new Error(`${path}: no column ${missing.join(", ")}`);
  return lines.flatMap((text, index) => {
    if (text.trim() === "") return [];
    const fields = text.split(",");
    const named = Object.fromEntries(columns.map((column, at) => [column, fields[at]?.trim()]));
    const parsed = line.safeParse(named);
    if (parsed.success) return [rowOf(parsed.data)];
    const [issue] = parsed.error.issues;
    throw new Error(`${path}:${index + 2}: ${issue?.path.join(".")}: ${issue?.message}`);
  });
}

const rowOf = (fields: z.infer<typeof line>): MeasuredRow => ({
  system: fields.system,
  backend: fields.backend,
  modelPath: fields.model_path,
  precision: fields.precision,
  gpus: fields.tp_size,
  concurrency: fields.batch_size,
  promptTokens: fields.isl,
  outputTokens: fields.osl,
  ttftMs: fields.silicon_ttft_ms,
  tpotMs: fields.silicon_tpot_ms,
});
