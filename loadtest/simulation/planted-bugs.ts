// Every planted bug: the simulator is worth what it finds.

import { alertsAgain } from "./planted/alerts-again.ts";
import { spendsBeforeTaken } from "./planted/spends-before-taken.ts";
import { windowReEntered } from "./planted/window-re-entered.ts";
import { admitBeforeCollect } from "./planted/admit-before-collect.ts";
import { bankedCredit } from "./planted/banked-credit.ts";
import { cleanEof } from "./planted/clean-eof.ts";
import { countersAtZero } from "./planted/counters-at-zero.ts";
import { diesWithItsStore } from "./planted/dies-with-its-store.ts";
import { doubleAdmission } from "./planted/double-admission.ts";
import { endsSaidOnce } from "./planted/ends-said-once.ts";
import { givenUpForFree } from "./planted/given-up-for-free.ts";
import { leakedBooking } from "./planted/leaked-booking.ts";
import { loadsOnNoLine } from "./planted/loads-on-no-line.ts";
import { nameUnheard } from "./planted/name-unheard.ts";
import { nameKeyedCache } from "./planted/name-keyed-cache.ts";
import { neverAlone } from "./planted/never-alone.ts";
import { noAttemptCheck } from "./planted/no-attempt-check.ts";
import { noCharge } from "./planted/no-charge.ts";
import { noEpochFence } from "./planted/no-epoch-fence.ts";
import { noFsync } from "./planted/no-fsync.ts";
import { noIndexDedupe } from "./planted/no-index-dedupe.ts";
import { noRefund } from "./planted/no-refund.ts";
import { noWorkerWitness } from "./planted/no-worker-witness.ts";
import { residencyAtAdmissionOnly } from "./planted/residency-at-admission-only.ts";
import { resumeFromAcked } from "./planted/resume-from-acked.ts";
import type { PlantedBug } from "./planted/planted-bug.ts";
import { prefixAsPrompt } from "./planted/prefix-as-prompt.ts";
import { refillOnTakeover } from "./planted/refill-on-takeover.ts";
import { sameFileAfterFailure } from "./planted/same-file-after-failure.ts";
import { sumNotMax } from "./planted/sum-not-max.ts";
import { trimOnPublishAck } from "./planted/trim-on-publish-ack.ts";
import { trustTwiceTtl } from "./planted/trust-twice-ttl.ts";
import { witnessBillsAcked } from "./planted/witness-bills-acked.ts";

/** In queues, routers, accountants and the owners of processes. */
export const plantedInControlPlane: readonly PlantedBug[] = [
  leakedBooking,
  admitBeforeCollect,
  doubleAdmission,
  nameUnheard,
  refillOnTakeover,
  spendsBeforeTaken,
  windowReEntered,
  alertsAgain,
  bankedCredit,
  countersAtZero,
  noCharge,
  noRefund,
  residencyAtAdmissionOnly,
  neverAlone,
  trustTwiceTtl,
  diesWithItsStore,
];

/** In sessions, workers, engines, meters, outboxes and the ledger. */
export const plantedInDataPlane: readonly PlantedBug[] = [
  noIndexDedupe,
  cleanEof,
  prefixAsPrompt,
  endsSaidOnce,
  noAttemptCheck,
  noEpochFence,
  resumeFromAcked,
  nameKeyedCache,
  sumNotMax,
  trimOnPublishAck,
  noFsync,
  sameFileAfterFailure,
  noWorkerWitness,
  witnessBillsAcked,
  loadsOnNoLine,
  givenUpForFree,
];

export const plantedBugs: readonly PlantedBug[] = [...plantedInControlPlane, ...plantedInDataPlane];
