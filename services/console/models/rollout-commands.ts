// Commands about rollouts: `rollout start NAME --to NAME2`, both MODEL:ADAPTER or both MODEL, `rollout list`, `rollout show ID`, and
// `rollout promote|pause|resume|abort ID`.

import { cannotRead } from "#shared/config/file-reason.ts";
import type { Arm, RolloutPlan, RolloutRecord, RolloutStage } from "#shared/model/rollout.ts";
import { isSettled, rolledName, versionOf } from "#shared/model/rollout.ts";
import { CommandFailure, wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import type { LeftBehind } from "#services/console/left-behind.ts";
import type { ArmFigures, RolloutFigures } from "./rollout-routes.ts";
import { textTable } from "#services/console/text-table.ts";

const verbs = ["start", "list", "show", "promote", "pause", "resume", "abort"] as const;
type Verb = (typeof verbs)[number];

export const rolloutCommands: readonly Command[] = [
  {
    name: "rollout",
    usage: "rollout start NAME --to NAME2 | list | show ID | promote|pause|resume|abort ID",
    does: "move a model's or an adapter's name to another version in stages that roll themselves back",
    operands: ["verb", "subject"],
    mayLackLast: true,
    options: [
      "to",
      "tenant",
      "shadow",
      "steps",
      "dwell",
      "samples",
      "golden",
      "evaluator",
      "slower",
      "limit",
    ],
    explains: [
      [
        "start M:A --to M:B",
        "the adapter's name is to mean what M:B means; its tenants must have both",
      ],
      [
        "start M --to N",
        "the model's name is to mean model N, in pools of its own; M:A stay what they are",
      ],
      ["--tenant T", "only for this tenant (default: for all that have the name)"],
      ["--shadow 10%", "first a stage in which copies of so many requests run for nobody"],
      ["--steps 1,10,100", "of conversations, percent; the last is 100 (the default)"],
      ["--dwell 30s", "how long a stage lasts at least; with its unit"],
      [
        "--samples N",
        "requests that the new version ends in a stage at least (default 50); until its errors are sure it takes some 116",
      ],
      ["--golden FILE", "JSON: prompts with known answers that must come right first"],
      ["--evaluator NAME", "who judges their outputs, of those that the operator configured"],
      ["--slower 1.3", "how many times as slow the new version may be, in the median"],
      ["list", "newest first; --limit N at most N (default 50)"],
      ["show ID", "stage, shares, figures of both versions, exposure, and why it stands so"],
      ["promote ID", "on to the next stage now, whatever was counted"],
      ["pause, resume ID", "keep the stage, or go on; harm rolls back all the same"],
      ["abort ID", "the name means what it meant before"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [verb = "", subject = ""] = call.words;
  if (!isVerb(verb)) throw wrongOperand(`rollout knows ${verbs.join(", ")}, not ${verb}`);
  if ((verb === "list") !== (subject === "")) {
    const what = verb === "start" ? "NAME --to NAME2" : "ID";
    throw wrongOperand(
      verb === "list" ? "rollout list takes no id" : `expected: fairlead rollout ${verb} ${what}`,
    );
  }
  const known = optionsOf[verb];
  const foreign = Object.keys(call.options).find((name) => !known.includes(name));
  if (foreign !== undefined) throw wrongOperand(`rollout ${verb} has no option --${foreign}`);
  const { text, answer } = await told(call, verb, subject);
  call.terminal.print(call.isJson ? JSON.stringify(answer) : text);
}

const isVerb = (word: string): word is Verb => (verbs as readonly string[]).includes(word);

const none: readonly string[] = [];
const optionsOf: Readonly<Record<Verb, readonly string[]>> = {
  start: ["to", "tenant", "shadow", "steps", "dwell", "samples", "golden", "evaluator", "slower"],
  list: ["limit"],
  show: none,
  promote: none,
  pause: none,
  resume: none,
  abort: none,
};

interface Told {
  readonly text: string;
  readonly answer: unknown;
}

const root = "/admin/v1/rollouts";

async function told(call: CommandCall, verb: Verb, subject: string): Promise<Told> {
  const { client, options } = call;
  const id = encodeURIComponent(subject);
  if (verb === "list") {
    const limit = options["limit"];
    const answer = await client.get(
      limit === undefined ? root : `${root}?limit=${encodeURIComponent(limit)}`,
    );
    return {
      answer,
      text: listText((answer as { rollouts: readonly RolloutRecord[] }).rollouts),
    };
  }
  if (verb === "show") {
    const answer = await client.get(`${root}/${id}`);
    return { answer, text: showText(answer as ShownRollout) };
  }
  if (verb === "start") {
    const body = JSON.stringify(await wishOf(call, subject));
    const answer = await client.write("POST", root, { contentType: "application/json", body });
    const { id: begun } = answer as RolloutRecord;
    return {
      answer,
      text: `rollout ${begun} of ${subject} is under way: watch it with fairlead rollout show ${begun}`,
    };
  }
  const answer = await client.write("POST", `${root}/${id}/${verb}`);
  const { state, share, reason } = answer as RolloutRecord;
  return { answer, text: `rollout ${subject} is ${state} at ${percentText(share)}: ${reason}` };
}

async function wishOf(
  { options, terminal }: CommandCall,
  name: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { to, tenant, shadow, steps, dwell, samples, golden, evaluator, slower } = options;
  if (to === undefined) throw wrongOperand("expected: fairlead rollout start NAME --to NAME2");
  const factor = slower === undefined ? undefined : numberIn(slower, "--slower", /^[\d.]+$/);
  return {
    name,
    to,
    ...(tenant === undefined ? {} : { tenant }),
    ...(shadow === undefined ? {} : { shadow: percentIn(shadow, "--shadow") }),
    ...(steps === undefined
      ? {}
      : { steps: steps.split(",").map((step) => percentIn(step, "--steps")) }),
    ...(dwell === undefined ? {} : { dwellMs: durationIn(dwell) }),
    ...(samples === undefined ? {} : { samples: numberIn(samples, "--samples", /^\d+$/) }),
    ...(golden === undefined ? {} : await goldenIn(terminal, golden)),
    ...(evaluator === undefined ? {} : { evaluator }),
    ...(factor === undefined ? {} : { tolerances: { ttft: factor, tpot: factor } }),
  };
}

function numberIn(text: string, option: string, form: RegExp): number {
  const value = form.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw wrongOperand(`${option}: expected a number, found ${text}`);
  return value;
}

const percentIn = (text: string, option: string): number =>
  numberIn(text.trim().replace(/%$/, ""), option, /^\d+(\.\d+)?$/);

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function durationIn(text: string): number {
  const [, count, unit = ""] = /^(\d{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const factor = unitsMs[unit];
  if (factor === undefined) {
    throw wrongOperand(
      `--dwell: expected a duration with its unit, such as 30s or 10m, found ${text}`,
    );
  }
  return Number(count) * factor;
}

/** A list of prompts, or an object with `prompts` and `passAtLeast`. What is in them the platform checks. */
async function goldenIn(
  terminal: CommandCall["terminal"],
  file: string,
): Promise<Readonly<Record<string, unknown>>> {
  const text = await terminal.readFile(file).catch((error: unknown) => {
    throw new CommandFailure(cannotRead(file, error).message, { code: "unreadable_file" });
  });
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`${file} is no JSON: ${String(error)}`, { code: "unreadable_file" });
  }
  if (Array.isArray(read)) return { golden: read };
  const { prompts, ...terms } = (read ?? {}) as { readonly prompts?: unknown };
  return { golden: prompts ?? [], ...terms };
}

const percentText = (share: number): string => `${share / 100} %`;

const moment = (epochMs: number | undefined): string =>
  epochMs === undefined ? "" : new Date(epochMs).toISOString();

const listText = (rollouts: readonly RolloutRecord[]): string =>
  rollouts.length === 0
    ? "no rollouts"
    : textTable(
        ["ROLLOUT", "STARTED", "NAME", "TENANT", "TO", "STATE", "SHARE", "REASON"],
        rollouts.map((one) => [
          one.id,
          moment(one.startedAtEpochMs),
          rolledName(one),
          one.tenant ?? "all",
          versionText(one, "v2"),
          one.state,
          percentText(one.share),
          one.reason,
        ]),
      );

/** A model's own name goes from model to model, an adapter's from weights to weights. */
const versionText = (record: RolloutRecord, arm: Arm): string => {
  const { model, digest } = versionOf(record, arm);
  return digest === "" ? model : digest.slice(0, 12);
};

interface ShownRollout extends RolloutRecord, RolloutFigures {
  readonly plan: Omit<RolloutPlan, "golden"> & { readonly goldenPrompts: number };
  readonly left?: LeftBehind;
}

function showText(shown: ShownRollout): string {
  const { plan, arms, exposure, golden } = shown;
  const facts: readonly (readonly [string, string])[] = [
    ["name", `${rolledName(shown)} for ${shown.tenant ?? "all tenants that have it"}`],
    ["from, to", `${versionText(shown, "v1")} → ${versionText(shown, "v2")}`],
    ["state", `${shown.state}: ${shown.reason}`],
    ["stage", stageText(plan.stages, shown.stage)],
    ["waits for", isSettled(shown.state) ? "" : shown.waitsFor],
    ["share", `${percentText(shown.share)} of conversations`],
    ["exposure", `${exposure.requests} requests had v2, ${exposure.percent} % of all`],
    ["golden", `${golden.judged} of ${plan.goldenPrompts} judged, ${golden.wrong.length} wrong`],
    ["started", moment(shown.startedAtEpochMs)],
    ["ended", moment(shown.endedAtEpochMs)],
    ...leftFacts(shown),
  ];
  const lines = facts.map(([name, value]) => `  ${name.padEnd(9)}  ${value}`.trimEnd());
  const rows = Object.entries(arms).map(([name, arm]) => armCells(name, arm));
  return [
    `rollout ${shown.id}`,
    ...lines,
    ...golden.wrong.map((one) => `  wrong      ${one}`),
    "",
    textTable(
      ["ARM", "REQUESTS", "ENDED", "ERRORS", "CRASHES", "TTFT P50", "P90", "TPOT P50", "P90"],
      rows,
    ),
  ].join("\n");
}

const leftNamesMax = 5;

/** When the old model's pools can be taken out of the fleet file: not before nothing new is sent there. */
function leftFacts({ left }: ShownRollout): readonly (readonly [string, string])[] {
  if (left === undefined) return [];
  const { pools, names, model } = left;
  const facts = pools.map(({ pool, requests }): [string, string] => {
    if (requests === undefined) return ["old pool", `${pool}: its router does not answer`];
    const isFree = requests === 0 && names.length === 0;
    const what = requests === 0 ? "nothing runs or waits" : `${requests} run or wait`;
    return ["old pool", `${pool}: ${what}${isFree ? "; take it out of the fleet file" : ""}`];
  });
  if (names.length === 0) return facts;
  const shown = names.slice(0, leftNamesMax).join(", ");
  const more = names.length > leftNamesMax ? ` and ${names.length - leftNamesMax} more` : "";
  return [...facts, ["old names", `${shown}${more} still lead to ${model}`]];
}

function stageText(stages: readonly RolloutStage[], at: number): string {
  const stage = stages[at];
  if (stage === undefined) return `all ${stages.length} over`;
  const what = stage.kind === "canary" ? `canary ${percentText(stage.share)}` : stage.kind;
  return `${at + 1} of ${stages.length}: ${what}, at least ${stage.dwellMs / 1000} s and ${stage.samplesMin} requests`;
}

const armCells = (
  name: string,
  { requests, ended, errors, crashes, ttftMs, tpotMs }: ArmFigures,
) => [
  name,
  requests,
  ended,
  errors,
  crashes,
  ttftMs?.p50 ?? "",
  ttftMs?.p90 ?? "",
  tpotMs?.p50 ?? "",
  tpotMs?.p90 ?? "",
];
