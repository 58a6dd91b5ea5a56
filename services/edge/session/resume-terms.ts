// What a session leaves with its worker for one that takes its stream over, and for its bill should nobody do so.

import type { Call } from "./session-state.ts";
import { cachedTokensOf, queueMsOf, workOf } from "./session-usage.ts";
import { suspicionTold } from "./under-suspicion.ts";
import type { Open } from "#shared/messages/open-request.ts";
import { readEarlierWork } from "#shared/model/earlier-work.ts";
import type { ResumeTerms } from "#shared/model/resume-terms.ts";

export function writeResumeTerms(call: Call, nowMs: number): string {
  const { request, preemptions, continuations, allowance, totals } = call;
  const { pool, model, modelVersion, names, tokenizer, stopStrings } = request;
  const { arrivedAtEpochMs, replyTerms } = request;
  const terms: ResumeTerms = {
    pool,
    ...pricedBy(request),
    model,
    modelVersion,
    ...(names === undefined ? {} : { names }),
    ...(tokenizer === undefined ? {} : { tokenizer }),
    stopStrings,
    arrivedAtEpochMs,
    preemptions,
    continuations,
    ...suspicionTold(call),
    queueMs: queueMsOf(call, nowMs),
    ...(totals.size === 0 ? {} : { cachedTokens: cachedTokensOf(call) }),
    ...earlierWorkOf(call),
    ...(allowance === undefined ? {} : { allowance }),
    ...(replyTerms === undefined ? {} : { replyTerms }),
  };
  return JSON.stringify(terms);
}

/** Before the attempt that it asks for now. */
function earlierWorkOf(call: Call): Pick<ResumeTerms, "earlierWork"> {
  const earlierWork = workOf(call);
  return earlierWork.gpuUs > 0 ? { earlierWork } : {};
}

/** What became of the attempts before, and what they had. */
export function takeEarlier(call: Call, terms: ResumeTerms): void {
  call.suspicion = terms.suspicion;
  call.preemptions = terms.preemptions;
  call.continuations = terms.continuations;
  call.earlierWork = readEarlierWork(terms.earlierWork);
}

export const pricedBy = ({
  poolClass,
  tier,
}: Pick<ResumeTerms, "poolClass" | "tier">): Pick<ResumeTerms, "poolClass" | "tier"> => ({
  ...(poolClass === undefined ? {} : { poolClass }),
  ...(tier === undefined ? {} : { tier }),
});

/** How its client is shown it: not kept by the worker, for another may read it on. */
export const formOf = ({ isInOnePiece }: Pick<Open, "isInOnePiece">): Pick<Open, "isInOnePiece"> =>
  isInOnePiece === true ? { isInOnePiece } : {};
