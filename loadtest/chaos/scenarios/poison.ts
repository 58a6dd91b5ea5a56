// A few requests that no engine survives, of one tenant, among everybody's streams. Judged from outside: each crashes at most
// three engines and ends with a typed error, the same again is refused without another crash, each leaves a dead letter, and no
// other tenant is refused anything or loses a stream.

import { Agent } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "#loadtest/chaos/scenario.ts";
import type { Stage } from "#loadtest/chaos/stage.ts";
import { openStream } from "#loadtest/chaos/streams/open-stream.ts";
import type { LoadRecords } from "#loadtest/chaos/streams/stream-load.ts";

const crashText = "NO-ENGINE-SURVIVES-THIS";
const tenant = "corner";
const poisonMost = 4;
const crashesMost = 3;
const code = "request_crashes_engine";
const patienceMs = 60_000;
/** A crash is counted by its worker at once; a letter crosses the broker. */
const settleMs = 1_000;
/** No further trial for so long: there is nobody left to try. */
const quietMs = 3_000;
const triedWithinMs = 60_000;

export const poison: Scenario = {
  name: "poison",
  about:
    "one tenant sends four requests that crash every engine, each twice, and the next when the last one's suspects are tried",
  settings: { FAIRLEAD_ENGINE_CRASH_TEXT: crashText },
  async disturb(stage, { times, everyMs }) {
    const agent = new Agent({ keepAlive: false });
    for (let turn = 0; turn < Math.min(times, poisonMost); turn++) {
      // At once, or some tokens on.
      const prompt = `${crashText}${turn % 2 === 0 ? "" : turn * 10} request ${turn}`;
      stage.fault(`${tenant} sends poison`);
      await judgeOne(stage, prompt, agent);
      await untilTried(stage);
      await sleep(everyMs);
    }
    const { deadLetters } = await stage.admins<{ readonly deadLetters: readonly Letter[] }>(
      `/admin/v1/dead-letters?tenant=${tenant}`,
    );
    const kept = deadLetters.filter(({ cause }) => cause === code).length;
    const sent = Math.min(times, poisonMost);
    if (kept !== sent) stage.isWrong(`${kept} dead letters of ${sent} poison requests`);
    if (JSON.stringify(deadLetters).includes(crashText)) stage.isWrong("a letter has its prompt");
  },
  judge: ({ refusals }: LoadRecords) =>
    refusals
      .filter((refusal) => refusal.tenant !== tenant)
      .map((refusal) => `${refusal.tenant} was refused: ${refusal.code}`),
};

/** Until all who were suspected because of it have been tried: what several at once cost is another question. */
async function untilTried(stage: Stage): Promise<void> {
  const untilMs = performance.now() + triedWithinMs;
  for (let tried = -1; performance.now() < untilMs; await sleep(quietMs)) {
    const now = await stage.sumOver("control", "fairlead_isolations_total");
    if (now === tried) return;
    tried = now;
  }
  stage.isWrong(`suspects are still being tried after ${triedWithinMs / 1000} s`);
}

interface Letter {
  readonly cause: string;
}

async function judgeOne(stage: Stage, prompt: string, agent: Agent): Promise<void> {
  const before = await stage.sumOver("worker", "fairlead_engine_crashes_total");
  const first = await send(stage, prompt, agent);
  await sleep(settleMs);
  const after = await stage.sumOver("worker", "fairlead_engine_crashes_total");
  const crashes = after - before;
  stage.say(`it crashed ${crashes} engines and ended with ${first.code} after ${first.tookMs} ms`);
  if (crashes > crashesMost) stage.isWrong(`a request crashed ${crashes} engines`);
  if (crashes === 0) stage.isWrong("poison crashed no engine: nothing was tried");
  if (first.code !== code) stage.isWrong(`poison ended with ${first.code}`);
  const again = await send(stage, prompt, agent);
  await sleep(settleMs);
  const more = (await stage.sumOver("worker", "fairlead_engine_crashes_total")) - after;
  if (again.code !== code) stage.isWrong(`poison sent again ended with ${again.code}`);
  if (more > 0) stage.isWrong(`poison sent again crashed ${more} engines`);
}

async function send(
  stage: Stage,
  prompt: string,
  agent: Agent,
): Promise<{ readonly code: string; readonly tookMs: number }> {
  const beganAtMs = performance.now();
  const edge = stage.members("edge")[0]?.http ?? "";
  const stream = openStream({
    edge,
    others: [],
    agent,
    tenant,
    prompt,
    outputTokens: 60,
    patienceMs,
    staysAway: false,
  });
  const outcome = await stream.outcome;
  const tookMs = Math.round(performance.now() - beganAtMs);
  if (outcome.kind === "refused") return { code: outcome.refusal.code, tookMs };
  const { end } = outcome.record;
  return { code: end.kind === "error" ? end.code : end.kind, tookMs };
}
