// Which version of an adapter, or which model, a conversation has while its name is rolled out. Decided from the rollout and the conversation
// alone, so every edge says the same, and who has the new version keeps it when the share grows.

import { fmix32, fnv1a32 } from "#shared/model/hash-32.ts";
import type { TenantId } from "#shared/model/ids.ts";
import type { Arm, ArmVersion, Rollout } from "#shared/model/rollout.ts";
import { versionOf, wholeShare } from "#shared/model/rollout.ts";
import type { GenerationRequest } from "./generation-request.ts";

export interface PickedArm extends ArmVersion {
  readonly rollout: Rollout;
  readonly arm: Arm;
}

type Rollouts = ReadonlyMap<string, readonly Rollout[]>;

/** `rollouts`: by what clients write. A tenant's own goes before everyone's, one under way before one that is over. */
export function pickArm(
  rollouts: Rollouts,
  tenant: TenantId,
  name: string,
  conversation: () => string,
): PickedArm | undefined {
  const rollout = rolloutOf(rollouts, tenant, name);
  if (rollout === undefined) return undefined;
  const { id, share, isOver } = rollout;
  const isNew = isOver || (share > 0 && bucketOf(id, tenant, conversation()) < share);
  const arm = isNew ? "v2" : "v1";
  return { rollout, arm, ...versionOf(rollout, arm) };
}

/** What the name means to whoever is nobody's conversation: a version is not the new one before all have it. */
export function standingVersion(
  rollouts: Rollouts,
  tenant: TenantId,
  name: string,
): ArmVersion | undefined {
  const rollout = rolloutOf(rollouts, tenant, name);
  return rollout === undefined ? undefined : versionOf(rollout, rollout.isOver ? "v2" : "v1");
}

function rolloutOf(rollouts: Rollouts, tenant: TenantId, name: string): Rollout | undefined {
  const ofName = rollouts.get(name);
  if (ofName === undefined) return undefined;
  return ofThis(ofName, tenant) ?? ofThis(ofName, undefined);
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
