// Which version of an adapter a conversation has while its name is rolled out. Decided from the rollout and the conversation
// alone, so every edge says the same, and who has the new version keeps it when the share grows.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { AdapterDigest, TenantId } from "#shared/model/ids.ts";
import type { Arm, Rollout } from "#shared/model/rollout.ts";
import { wholeShare } from "#shared/model/rollout.ts";
import type { GenerationRequest } from "./generation-request.ts";

export interface PickedArm {
  readonly rollout: Rollout;
  readonly arm: Arm;
  readonly digest: AdapterDigest;
}

/** `rollouts`: by `model:name`. A tenant's own goes before everyone's, one under way before one that is over. */
export function pickArm(
  rollouts: ReadonlyMap<string, readonly Rollout[]>,
  tenant: TenantId,
  name: string,
  conversation: () => string,
): PickedArm | undefined {
  const ofName = rollouts.get(name);
  if (ofName === undefined) return undefined;
  const rollout = ofThis(ofName, tenant) ?? ofThis(ofName, undefined);
  if (rollout === undefined) return undefined;
  const { id, share, from, to, isOver } = rollout;
  if (isOver) return { rollout, arm: "v2", digest: to };
  const isNew = share > 0 && bucketOf(id, tenant, conversation()) < share;
  return isNew ? { rollout, arm: "v2", digest: to } : { rollout, arm: "v1", digest: from };
}

function ofThis(rollouts: readonly Rollout[], tenant: TenantId | undefined): Rollout | undefined {
  const own = rollouts.filter((rollout) => rollout.tenant === tenant);
  return own.find(({ isOver }) => !isOver) ?? own[0];
}

/** 0 … 9,999, evenly. Others with every rollout, so that it is not always the same who try what is new. */
function bucketOf(rollout: string, tenant: TenantId, conversation: string): number {
  return fmix32(fnv1a32(`${rollout}\n${tenant}\n${conversation}`)) % wholeShare;
}

/** As the client names it; else a chat is known by its instructions and its first question. A plain prompt has no turns. */
export function conversationOf({ conversation, prompt }: GenerationRequest): string {
  if (conversation !== undefined) return `named\n${conversation}`;
  if (prompt.kind === "text") return `text\n${prompt.text}`;
  const question = prompt.messages.findIndex(({ role }) => role === "user");
  const beginning = prompt.messages.slice(0, question < 0 ? 1 : question + 1);
  return ["chat", ...beginning.map(({ role, text }) => `${role}:${text}`)].join("\n");
}
