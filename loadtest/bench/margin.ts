// `npm run bench -- margin`: whether `fairlead margin shapes` names why a shape of work loses money. Five of them, each of another cause, on an
// embedded platform with simulated engines; rates and prices are applied by command, and the reasons are asked by command.

import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { MarginReport, ShapesReport } from "#shared/model/margin.ts";
import { playScenes } from "./margin/scene-clients.ts";
import type { Asked } from "./margin/scene-clients.ts";
import { startScenePlatform } from "./margin/scene-platform.ts";
import { scenes } from "./margin/scenes.ts";
import type { Scene } from "./margin/scenes.ts";

const help = `npm run bench -- margin [--json] [--seconds 24] [--only TENANT,…]

Five tenants with unprofitable work, each in a pool of its own beside a tenant whose work pays: reader (6,000 tokens of prompt for two of
output), hermit (one request at a time, alone), victim (its sequences are preempted for another tenant's), juggler (eight adapters,
two slots) and forgetful (a long text that no prefix cache finds, beside one that it does). Then asks fairlead margin shapes.

  shapes       scenes
  named_right  of those: the costliest shape of the scene's tenant loses money, and its first reason is the scene's cause
  unattributed_percent   of all GPU cost: what no settled usage has
  adds_up      lines of the report add up to its total, and reasons less gains to each loss`;

interface SceneFigures {
  readonly expected: string;
  readonly named: string | null;
  readonly loss: string | null;
  readonly amounts: Readonly<Record<string, string>>;
}

export interface MarginFigures {
  readonly shapes: number;
  readonly named_right: number;
  readonly adds_up: boolean;
  readonly unattributed_percent: number;
  readonly calls: Asked;
  readonly scenes: Readonly<Record<string, SceneFigures>>;
}

export async function run(args: string[]): Promise<MarginFigures | undefined> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
      seconds: { type: "string", default: "24" },
      only: { type: "string", default: scenes.map(({ tenant }) => tenant).join(",") },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const seconds = Number(values.seconds);
  if (!/^\d+$/.test(values.seconds) || seconds < 5 || seconds > 600) {
    throw new Error(`--seconds must be a whole number from 5 to 600, not "${values.seconds}"`);
  }
  const only = values.only.split(",");
  const unknown = only.find((name) => !scenes.some(({ tenant }) => tenant === name));
  if (unknown !== undefined) throw new Error(`--only: there is no tenant "${unknown}"`);
  const wanted = scenes.filter(({ tenant }) => only.includes(tenant));
  const say = values.json ? () => undefined : (text: string) => console.log(text);
  return measureMargin(wanted, { forMs: seconds * 1000, quickMs, say });
}

/** What engines idled before that would be the load's cost; and GPU time is kept by the minute. */
const quickMs = 5_000;
const minuteMs = 60_000;

export interface MarginTerms {
  readonly forMs: number;
  /** A platform that took longer than that to start waits for the next minute. */
  readonly quickMs: number;
  readonly say: (text: string) => void;
}

/** From when the margin is asked. */
async function periodStart(startedMs: number, quick: number): Promise<number> {
  const nowMs = Date.now();
  if (nowMs - startedMs < quick) return Math.floor(startedMs / minuteMs) * minuteMs;
  const nextMs = Math.ceil(nowMs / minuteMs) * minuteMs;
  await sleep(nextMs - nowMs);
  return nextMs;
}

/** The ledger has a beat's word half a second after it, and usage at once. */
const settledMs = 2_000;

export async function measureMargin(
  wanted: readonly Scene[],
  { forMs, quickMs: quick, say }: MarginTerms,
): Promise<MarginFigures> {
  const startedMs = Date.now();
  const platform = await startScenePlatform(wanted);
  try {
    const from = ["--from", String(await periodStart(startedMs, quick))];
    say(`${wanted.length} scenes for ${forMs / 1000} s`);
    const calls = await playScenes(platform.url, wanted, forMs);
    await sleep(settledMs);
    const margin = ["margin", "--by", "shape", ...from];
    const reasons = ["margin", "shapes", "--all", ...from];
    say(await platform.command(...margin));
    say(await platform.command(...reasons));
    const told = await platform.command(...reasons, "--limit", "100", "--json");
    const summed = await platform.command(...margin, "--json");
    const figures = judge(wanted, JSON.parse(told) as ShapesReport);
    const report = JSON.parse(summed) as MarginReport;
    const isWhole = addsUp(report) && reasonsAddUp(JSON.parse(told) as ShapesReport);
    const ofNobody = Number(report.unattributed.cost) / Number(report.total.cost);
    return {
      shapes: wanted.length,
      named_right: Object.values(figures).filter(
        ({ expected, named, loss }) => named === expected && Number(loss) > 0,
      ).length,
      adds_up: isWhole,
      unattributed_percent: Math.round(ofNobody * 10_000) / 100,
      calls,
      scenes: figures,
    };
  } finally {
    await platform.close();
  }
}

function judge(
  wanted: readonly Scene[],
  { shapes }: ShapesReport,
): Readonly<Record<string, SceneFigures>> {
  return Object.fromEntries(
    wanted.map(({ tenant, expected }) => {
      const worst = shapes.find(({ shape }) => shape.tenant === tenant);
      const all = [...(worst?.reasons ?? []), ...(worst?.gains ?? [])];
      return [
        tenant,
        {
          expected,
          named: worst?.reasons[0]?.factor ?? null,
          loss: worst?.loss ?? null,
          amounts: Object.fromEntries(all.map(({ factor, amount }) => [factor, amount])),
        },
      ];
    }),
  );
}

/** Billionths, from decimal text. */
function nanos(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole) * 10n ** 9n + BigInt(fraction.padEnd(9, "0"));
  return text.startsWith("-") ? -size : size;
}

const sum = (texts: readonly string[]): bigint =>
  texts.reduce((whole, text) => whole + nanos(text), 0n);

function addsUp({ lines, unattributed, rounding, total }: MarginReport): boolean {
  const revenue = sum(lines.map((line) => line.revenue)) + nanos(rounding);
  const cost =
    sum(lines.flatMap(({ direct, allocated }) => [direct, allocated])) + nanos(unattributed.cost);
  return (
    revenue === nanos(total.revenue) &&
    cost === nanos(total.cost) &&
    revenue - cost === nanos(total.margin)
  );
}

const reasonsAddUp = ({ shapes }: ShapesReport): boolean =>
  shapes.every(
    ({ loss, reasons, gains }) =>
      sum([...reasons, ...gains].map(({ amount }) => amount)) === nanos(loss),
  );
