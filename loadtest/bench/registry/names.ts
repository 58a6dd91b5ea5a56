// How soon a name means something else on every edge of a fleet: an alias that a command sets, and a name whose rollout an
// operator promotes to all conversations or aborts.

import type { ClusterState } from "#deploy/local/cluster/cluster-state.ts";
import type { ChangeFigures, SeenChange } from "./desired-change.ts";
import { changeFigures } from "./desired-change.ts";
import type { Wanted } from "./desired-doors.ts";
import { atDoors, pause } from "./desired-doors.ts";
import type { EdgeAnswer } from "./edge-probe.ts";

export interface AliasFigures {
  readonly alias_set: ChangeFigures;
}

export interface RolloutFigures {
  readonly rollout_promoted: ChangeFigures;
  readonly rollout_aborted: ChangeFigures;
}

const tenant = "acme";
const key = "fl-demo-acme";
const model = "llama-3.1-8b";
/** Two adapters of the example's fleet that the tenant has. */
const [before, after] = ["support-tone", "summarise"];
const alias = "bench-prod";

export const measureAliases = (
  state: ClusterState,
  { times, say }: Wanted,
): Promise<AliasFigures> =>
  atDoors(state, async ({ seen }) => {
    const question = { path: `/v1/models/${alias}`, key };
    const set: SeenChange[] = [];
    for (let turn = 1; turn <= times; turn++) {
      const target = `${model}:${turn % 2 === 0 ? before : after}`;
      const path = `aliases/${alias}/set?tenant=${tenant}&target=${encodeURIComponent(target)}`;
      set.push(await seen(path, question, ({ text }) => text.includes(`"alias_of":"${target}"`)));
      await pause();
      if (turn % 10 === 0) say(`${turn} of ${times} aliases set`);
    }
    return { alias_set: changeFigures(set) };
  });

/** Seen by the version that a request is admitted to; it goes no further, for a name that none may have: no engine's time is in it. */
export const measureRollouts = (
  state: ClusterState,
  { times, say }: Wanted,
): Promise<RolloutFigures> =>
  atDoors(state, async ({ command, probes, seen }) => {
    const name = `${model}:${before}`;
    const question = {
      path: "/v1/completions",
      key,
      headers: { "idempotency-key": "not a key" },
      body: { model: name, prompt: "which", max_tokens: 1 },
    };
    const digests = new Set<unknown>();
    for (const probe of probes) {
      await probe.first(question, ({ headers: { "x-fairlead-adapter": digest } }) => {
        digests.add(digest);
        return digest !== undefined;
      });
    }
    const isOld = ({ headers }: EdgeAnswer): boolean => digests.has(headers["x-fairlead-adapter"]);
    const isNew = (answer: EdgeAnswer): boolean =>
      answer.headers["x-fairlead-adapter"] !== undefined && !isOld(answer);
    const promoted: SeenChange[] = [];
    const aborted: SeenChange[] = [];
    for (let turn = 1; turn <= times; turn++) {
      // One conversation in ten thousand first, so that whoever asks has the old version.
      const wish = { name, to: `${model}:${after}`, tenant, steps: [0.01, 100] };
      const { id } = await command("rollouts", { ...wish, dwellMs: 3_600_000 });
      await pause();
      promoted.push(await seen(`rollouts/${String(id)}/promote`, question, isNew));
      await pause();
      aborted.push(await seen(`rollouts/${String(id)}/abort`, question, isOld));
      await pause();
      if (turn % 10 === 0) say(`${turn} of ${times} rollouts promoted and aborted`);
    }
    return { rollout_promoted: changeFigures(promoted), rollout_aborted: changeFigures(aborted) };
  });
