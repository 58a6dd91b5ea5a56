// One scenario from an idle fleet to its verdict: load, faults, rest, judgement by texts, ledger and books.

import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import { askAdmin } from "./ask-admin.ts";
import { leftAtRest } from "./judge/at-rest.ts";
import type { Bill, BillFigures } from "./judge/judge-bills.ts";
import { judgeBills } from "./judge/judge-bills.ts";
import type { StreamFigures } from "./judge/judge-streams.ts";
import { judgeStreams } from "./judge/judge-streams.ts";
import type { PartedZone } from "./partition/part-zone.ts";
import type { Pace, Scenario } from "./scenario.ts";
import { Stage } from "./stage.ts";
import { StreamLoad } from "./streams/stream-load.ts";

export interface ChaosPlan extends Pace {
  readonly streams: number;
  readonly outputTokensMax: number;
  readonly say: (line: string) => void;
  /** As the scenario has arranged it. */
  readonly parted?: PartedZone | undefined;
}

export interface ChaosRow extends StreamFigures, BillFigures {
  readonly scenario: string;
  readonly faults: number;
  /** Things still held when nothing should be; in words in `left`. */
  readonly leaked: number;
  readonly left: readonly string[];
  /** What the scenario itself judges: in words. */
  readonly wrong: readonly string[];
}

const flowingWithinMs = 60_000;
const restWithinMs = 20_000;
/** A worker waits half a minute for a client that comes back, twice if the sequence ends by itself meanwhile, and asks whether it bills. */
const billedWithinMs = 75_000;
/** Where clients stay away after their edge died: each fourth. */
const stayingAwayEvery = 4;
const readyWithinMs = 60_000;
const lookEveryMs = 200;
const quietMs = 2_000;

export async function runScenario(
  scenario: Scenario,
  { folder, members }: ClusterState,
  plan: ChaosPlan,
): Promise<ChaosRow> {
  const { say, streams, outputTokensMax, parted } = plan;
  const edges = members.filter(({ role }) => role === "edge").map(({ http = "" }) => http);
  const stayAwayEvery = scenario.clientsStayAway === true ? stayingAwayEvery : Infinity;
  const load = new StreamLoad({ edges, streams, outputTokensMax, stayAwayEvery });
  const stage = new Stage(folder, load, say);
  const beganEpochMs = Date.now();
  let records;
  try {
    await untilFlowing(load, streams);
    say(`${streams} streams flow: ${scenario.about}`);
    await scenario.disturb(stage, plan, parted);
    await sleep(quietMs);
  } finally {
    records = await load.stop();
    await stage.restartAll();
  }
  await stage.untilReady(readyWithinMs);
  const left = await leftAtRest(stage.admin, restWithinMs);
  const judge = (read: readonly Bill[]): BillFigures => judgeBills(records.streams, read);
  const bills = await billsOf(judge, stage.admin, beganEpochMs);
  const { faults } = stage;
  return {
    scenario: scenario.name,
    ...judgeStreams(records, faults),
    faults: faults.length,
    ...bills,
    leaked: left.length,
    left,
    wrong: [...stage.wrong, ...new Set(scenario.judge?.(records))],
  };
}

async function untilFlowing(load: StreamLoad, streams: number): Promise<void> {
  const untilMs = performance.now() + flowingWithinMs;
  const enough = Math.ceil(streams * 0.95);
  while (load.flowing < enough) {
    if (performance.now() > untilMs) {
      throw new Error(`only ${load.flowing} of ${streams} streams flow after a minute`);
    }
    await sleep(lookEveryMs);
  }
}

/** Once the ledger has all of it, or does not get it in time. */
async function billsOf(
  judge: (bills: readonly Bill[]) => BillFigures,
  admin: string,
  sinceEpochMs: number,
): Promise<BillFigures> {
  const untilMs = performance.now() + billedWithinMs;
  for (;;) {
    const figures = judge(await readBills(admin, sinceEpochMs));
    if (figures.billing_errors === 0 || performance.now() > untilMs) return figures;
    await sleep(lookEveryMs);
  }
}

async function readBills(admin: string, sinceEpochMs: number): Promise<readonly Bill[]> {
  // Asked by tenant, because an answer has ten thousand records at most.
  const answers = await Promise.all(
    ["acme", "bolt", "corner"].map((tenant) =>
      askAdmin<{ readonly records: readonly Bill[] }>(
        admin,
        `/admin/v1/usage?tenant=${tenant}&since=${sinceEpochMs}&limit=10000`,
      ),
    ),
  );
  return answers.flatMap(({ records }) => records);
}
