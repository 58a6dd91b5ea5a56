// What a rollout's decider asks of an edge's desk: to run a golden prompt against the new version, as a client's request would run.

import type { Address, Send } from "#shared/actor/actor.ts";
import { send } from "#shared/actor/actor.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { GoldenPrompt } from "#shared/model/rollout.ts";
import type { Fields } from "./fields.ts";

export type ToArmDesk = RunGolden;

/** Answered by `golden-output`, with the same index and round. Asked again with a later round if nothing comes. */
export interface RunGolden {
  readonly kind: "run-golden";
  readonly model: string;
  readonly digest: AdapterDigest;
  readonly index: number;
  readonly round: number;
  readonly prompt: GoldenPrompt;
}

export const toArmDesk = (desk: Address, message: ToArmDesk): Send => send(desk, message);

export const toArmDeskFields: Fields<ToArmDesk> = {
  "run-golden": {
    model: "string",
    digest: "string",
    index: "number",
    round: "number",
    prompt: "object",
  },
};
