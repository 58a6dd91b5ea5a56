// What engine crashes mean for one request: each counts once, whoever tells it and however often; out of company, a token
// past the place of the crash clears it; alone and at its third, it is the cause, and that is its end.

import type { Call } from "./session-state.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { SeenCrash, Suspicion } from "#shared/model/suspicion.ts";
import { crashOf, runsAlone, together } from "#shared/model/suspicion.ts";

/** True: this crash was its doing. */
export function noteCrash(call: Call, attempt: number, seen: SeenCrash): boolean {
  if (call.crashedAttempts.has(attempt)) return false;
  if (call.place?.grant.attempt === attempt) clearIfPast(call);
  call.crashedAttempts.add(attempt);
  call.suspicion = together(call.suspicion, crashOf(attempt, seen));
  return seen.isAlone;
}

/**
 * An attempt is lost without a word of its end, and the last that its worker said was that its engine is silent: it would have been killed
 * for that, and may be yet. A suspicion like that of a crash in company, and no proof; if the worker comes to tell, it is the same crash.
 */
export function suspectSilence(call: Call): void {
  const { place, engineSilentAt, delivered } = call;
  if (place === undefined || engineSilentAt === undefined) return;
  if (delivered.length > engineSilentAt) return;
  clearIfPast(call);
  const { attempt, worker } = place.grant;
  const seen = { isAlone: false, outputIndex: engineSilentAt, worker };
  call.suspicion = together(call.suspicion, crashOf(attempt, seen));
}

const crashesMax = 3;

/** The third engine fell silent with nothing else on it, and was lost before that was known for its doing: no fourth is risked. */
export function isTriedEnough({ place, suspicion }: Call): boolean {
  if (place?.grant.isAlone !== true || suspicion === undefined) return false;
  const { attempts = [], crashes } = suspicion;
  return crashes >= crashesMax && attempts.includes(place.grant.attempt);
}

/** Before it leaves a place: it ran there alone, and brought the token that was due when engines died. */
export function clearIfPast(call: Call): void {
  const { place, suspicion, delivered } = call;
  if (place?.grant.isAlone !== true || suspicion === undefined) return;
  if (delivered.length > suspicion.outputIndex) call.suspicion = undefined;
}

/** It was in flight at two crashes, and has not brought the token since that was due then. */
export const mustBeAlone = ({ suspicion, delivered }: Call): boolean =>
  suspicion !== undefined && runsAlone(suspicion) && delivered.length <= suspicion.outputIndex;

/** For whoever starts it: until where it has the worker to itself. */
export function aloneUntil({ suspicion }: Call, isAlone: boolean | undefined): number | undefined {
  return isAlone === true ? (suspicion?.outputIndex ?? 0) : undefined;
}

export const suspicionTold = ({ suspicion }: Call): { readonly suspicion?: Suspicion } =>
  suspicion === undefined ? {} : { suspicion };

/** No engine survives it: told to who sent it, and to who sends the same again. */
export const crashesEngines: Refusal = {
  code: "request_crashes_engine",
  message:
    "Engines crashed whenever they ran this request, the last time with nothing else on it. It is not tried again, and neither is the same request for some minutes: please change it.",
};
