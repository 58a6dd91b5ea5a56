// The command about what work brings and costs: `margin` sums it, `margin shapes` says what loses money, and why.

import type { MarginLine, MarginReport, ShapeVerdict, ShapesReport } from "#shared/model/margin.ts";
import { CommandFailure } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { marginCsv } from "./margin-csv.ts";
import type { Cell } from "#services/console/text-table.ts";
import { textTable } from "#services/console/text-table.ts";

export const marginCommands: readonly Command[] = [
  {
    name: "margin",
    usage: "margin [shapes] [--from TIME] [--to TIME] [--by KIND] [--tenant T] [--csv]",
    does: "what work brought, what it cost and what is left; with shapes, what loses money and why",
    operands: ["shapes"],
    mayLackLast: true,
    options: ["from", "to", "by", "tenant", "csv", "limit", "all"],
    explains: [
      ["--from, --to TIME", "as of --since; whole UTC minutes; the last day where not said"],
      ["--by KIND", "tenant (default), model, adapter, class, or shape: all four together"],
      ["--tenant T", "only its own; what belongs to no tenant is left out then"],
      ["REVENUE", "as an invoice of that time has it, settled usage only, before it is rounded"],
      ["DIRECT", "GPU time of its settled requests at its rates; RECOMPUTE is in it"],
      [
        "ALLOCATED",
        "its part of idle, overhead, down and unaccounted time, by what its requests had;",
      ],
      ["", "and of time in which nothing ran but one of its adapters came in"],
      ["(unattributed)", "GPU time that no settled usage of that time has"],
      ["(rounding)", "invoices round each line to minor units: the difference"],
      ["shapes", "those of tenant, model, adapter and class that cost more than they bring"],
      ["--limit N", "of shapes: at most N, from 1 to 1000 (default 20)"],
      ["--all", "of shapes: profitable ones too, behind those that are not"],
      [
        "REASON",
        "long-prefill, low-cache-use, low-batchability: against all shapes of the same model",
      ],
      [
        "",
        "and class; recompute; adapter-thrash; idle-allocation; price-too-low: at their average",
      ],
      ["", "cost the price does not cover it. Reasons less gains are the loss"],
    ],
    run: (call) => (call.words[0] === undefined ? margin(call) : shapes(call)),
  },
];

const onlyOfShapes = ["limit", "all"];
const onlyOfReport = ["by", "csv"];

function parametersOf({ options }: CommandCall, foreign: readonly string[]): URLSearchParams {
  const wrong = foreign.find((name) => options[name] !== undefined);
  if (wrong !== undefined) {
    const message = `margin has no option --${wrong} here`;
    throw new CommandFailure(message, { code: "wrong_operand" });
  }
  const { csv: _, ...given } = options;
  return new URLSearchParams(given as Record<string, string>);
}

async function margin(call: CommandCall): Promise<void> {
  const parameters = parametersOf(call, onlyOfShapes);
  const path = `/admin/v1/margin?${parameters.toString()}`;
  const { client, terminal, isJson, options } = call;
  const answer = (await client.get(path)) as MarginReport;
  if (isJson) terminal.print(JSON.stringify(answer));
  else terminal.print(options["csv"] === "true" ? marginCsv(answer).trimEnd() : marginText(answer));
}

const nameOf = ({ shape }: MarginLine): string =>
  [shape.tenant, shape.model, shape.adapterDigest?.slice(0, 12), shape.poolClass]
    .filter((word) => word !== undefined && word !== "")
    .join(" ") || "(no model)";

function marginText(report: MarginReport): string {
  const { lines, unattributed, rounding, total, currency, by, notes } = report;
  const rows = lines.map((line): readonly Cell[] => [
    nameOf(line),
    line.revenue,
    line.direct,
    line.recompute,
    line.allocated,
    line.margin,
    line.marginPercent ?? "",
  ]);
  const table = textTable(
    [by.toUpperCase(), "REVENUE", "DIRECT", "RECOMPUTE", "ALLOCATED", "MARGIN", "%"],
    [
      ...rows,
      ["(unattributed)", "", unattributed.cost, "", "", "", ""],
      ["(rounding)", rounding, "", "", "", rounding, ""],
      [
        `(all) ${currency}`,
        total.revenue,
        total.cost,
        "",
        "",
        total.margin,
        total.marginPercent ?? "",
      ],
    ],
  );
  return [table, ...unpricedLine(report), ...notes.map((note) => `note: ${note}`)].join("\n");
}

const unpricedLine = ({ unpricedUs }: MarginReport): readonly string[] =>
  unpricedUs === 0
    ? []
    : [`note: for ${(unpricedUs / 1e6).toFixed(6)} GPU seconds no rate was in force`];

async function shapes(call: CommandCall): Promise<void> {
  const { client, terminal, isJson, words } = call;
  if (words[0] !== "shapes") {
    const message = `margin: expected shapes, or nothing, not ${JSON.stringify(words[0])}`;
    throw new CommandFailure(message, { code: "wrong_operand" });
  }
  const parameters = parametersOf(call, onlyOfReport);
  const answer = await client.get(`/admin/v1/margin/shapes?${parameters.toString()}`);
  terminal.print(isJson ? JSON.stringify(answer) : shapesText(answer as ShapesReport));
}

function shapesText({
  shapes: all,
  shapesSeen,
  unprofitable,
  currency,
  notes,
}: ShapesReport): string {
  const said = notes.map((note) => `note: ${note}`);
  const head = `${unprofitable} of ${shapesSeen} shapes cost more than they bring (${currency})`;
  return [head, ...all.flatMap(verdictLines), ...said].join("\n");
}

function verdictLines(verdict: ShapeVerdict): readonly string[] {
  const { shape, requests, revenue, cost, loss, reasons, gains } = verdict;
  const isLoss = !loss.startsWith("-");
  const outcome = isLoss ? `loses ${loss}` : `earns ${loss.slice(1)}`;
  const rows = [
    ...reasons.map(({ factor, amount, evidence }) => [factor, amount, evidence]),
    ...gains.map(({ factor, amount, evidence }) => [`(${factor})`, amount, evidence]),
  ];
  return [
    "",
    `${nameOf({ shape } as MarginLine)}: ${requests} requests, brought ${revenue}, cost ${cost}, ${outcome}`,
    textTable(["REASON", "AMOUNT", "BECAUSE"], rows),
    ...(verdict.isSplitByWallTime === true
      ? ["its engine does not tell prefill from decode: split by wall time until the first token"]
      : []),
  ];
}
