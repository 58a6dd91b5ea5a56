// An accepted request that failed for good leaves a letter for operators. Iff trying again cannot help: whoever may try
// again needs none, and who went away, or reads on elsewhere, has not failed.

import type { Call } from "./session-state.ts";
import type { Effect } from "#shared/actor/actor.ts";
import { deadLettersAddress } from "#shared/messages/addresses.ts";
import { toDeadLetters } from "#shared/messages/to-dead-letters.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { suspectIdentity } from "#shared/model/suspicion.ts";
import { refusalStatus } from "#services/edge/refusal-status.ts";

/** `idempotency_run_over`: its edge begins the next run, and its client sees nothing of it. */
const noFailures: ReadonlySet<Refusal["code"]> = new Set([
  "cancelled",
  "stream_resumed_elsewhere",
  "idempotency_run_over",
]);

export const diesOf = ({ isAdmitted, isReplay }: Call, { code }: Refusal): boolean =>
  isAdmitted && !isReplay && refusalStatus(code).retry === "never" && !noFailures.has(code);

export function deadLetter(call: Call, { code }: Refusal, nowMs: number): readonly Effect[] {
  const { request, output, crashedAttempts, suspicion, grants, ranAt } = call;
  const { requestId, tenant, edge, model, modelVersion, pool, adapterDigest } = request;
  return [
    toDeadLetters(deadLettersAddress(edge), {
      kind: "letter-died",
      requestId,
      tenant,
      edge,
      model,
      modelVersion,
      pool,
      adapterDigest,
      cause: code,
      attempts: grants,
      engineCrashes: new Set([...crashedAttempts, ...(suspicion?.attempts ?? [])]).size,
      worker: ranAt.worker,
      promptTokens: request.promptTokens,
      outputTokensMax: request.outputTokensMax,
      outputTokensMin: request.outputTokensMin,
      deliveredTokens: output.shownTokens,
      stopStrings: request.stopStrings.length,
      ignoreEos: request.ignoreEos,
      sampling: request.sampling,
      arrivedAtEpochMs: request.arrivedAtEpochMs,
      afterMs: Math.round(nowMs - call.openedAtMs),
      identity: suspectIdentity(request),
    }),
  ];
}
