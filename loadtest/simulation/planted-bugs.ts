// Every planted bug: the simulator is worth what it finds.

import { alertsAgain } from "#loadtest/simulation/planted/alerts-again.ts";
import { spendsBeforeTaken } from "#loadtest/simulation/planted/spends-before-taken.ts";
import { windowReEntered } from "#loadtest/simulation/planted/window-re-entered.ts";
import { admitBeforeCollect } from "#loadtest/simulation/planted/admit-before-collect.ts";
import { bankedCredit } from "#loadtest/simulation/planted/banked-credit.ts";
import { cleanEof } from "#loadtest/simulation/planted/clean-eof.ts";
import { countersAtZero } from "#loadtest/simulation/planted/counters-at-zero.ts";
import { diesWithItsStore } from "#loadtest/simulation/planted/dies-with-its-store.ts";
import { doubleAdmission } from "#loadtest/simulation/planted/double-admission.ts";
import { endsSaidOnce } from "#loadtest/simulation/planted/ends-said-once.ts";
import { givenUpForFree } from "#loadtest/simulation/planted/given-up-for-free.ts";
import { leakedBooking } from "#loadtest/simulation/planted/leaked-booking.ts";
import { loadsOnNoLine } from "#loadtest/simulation/planted/loads-on-no-line.ts";
import { nameUnheard } from "#loadtest/simulation/planted/name-unheard.ts";
import { nameKeyedCache } from "#loadtest/simulation/planted/name-keyed-cache.ts";
import { neverAlone } from "#loadtest/simulation/planted/never-alone.ts";
import { noAttemptCheck } from "#loadtest/simulation/planted/no-attempt-check.ts";
import { noCharge } from "#loadtest/simulation/planted/no-charge.ts";
import { noEpochFence } from "#loadtest/simulation/planted/no-epoch-fence.ts";
import { noFsync } from "#loadtest/simulation/planted/no-fsync.ts";
import { noIndexDedupe } from "#loadtest/simulation/planted/no-index-dedupe.ts";
import { noRefund } from "#loadtest/simulation/planted/no-refund.ts";
import { noWorkerWitness } from "#loadtest/simulation/planted/no-worker-witness.ts";
import { residencyAtAdmissionOnly } from "#loadtest/simulation/planted/residency-at-admission-only.ts";
import { resumeFromAcked } from "#loadtest/simulation/planted/resume-from-acked.ts";
import type { PlantedBug } from "#loadtest/simulation/planted/planted-bug.ts";
import { prefixAsPrompt } from "#loadtest/simulation/planted/prefix-as-prompt.ts";
import { refillOnTakeover } from "#loadtest/simulation/planted/refill-on-takeover.ts";
import { sameFileAfterFailure } from "#loadtest/simulation/planted/same-file-after-failure.ts";
import { sumNotMax } from "#loadtest/simulation/planted/sum-not-max.ts";
import { trimOnPublishAck } from "#loadtest/simulation/planted/trim-on-publish-ack.ts";
import { trustTwiceTtl } from "#loadtest/simulation/planted/trust-twice-ttl.ts";
import { witnessBillsAcked } from "#loadtest/simulation/planted/witness-bills-acked.ts";

export const plantedBugs: readonly PlantedBug[] = [
  noIndexDedupe,
  cleanEof,
  prefixAsPrompt,
  leakedBooking,
  endsSaidOnce,
  noAttemptCheck,
  noEpochFence,
  admitBeforeCollect,
  doubleAdmission,
  bankedCredit,
  countersAtZero,
  noCharge,
  noRefund,
  resumeFromAcked,
  nameUnheard,
  refillOnTakeover,
  trustTwiceTtl,
  diesWithItsStore,
  nameKeyedCache,
  residencyAtAdmissionOnly,
  sumNotMax,
  trimOnPublishAck,
  noFsync,
  sameFileAfterFailure,
  neverAlone,
  noWorkerWitness,
  witnessBillsAcked,
  loadsOnNoLine,
  givenUpForFree,
  spendsBeforeTaken,
  windowReEntered,
  alertsAgain,
];
