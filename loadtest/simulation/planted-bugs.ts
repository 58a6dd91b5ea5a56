// Every planted bug: the simulator is worth what it finds.

import { admitBeforeCollect } from "./planted/admit-before-collect.ts";
import { cleanEof } from "./planted/clean-eof.ts";
import { doubleAdmission } from "./planted/double-admission.ts";
import { endsSaidOnce } from "./planted/ends-said-once.ts";
import { leakedBooking } from "./planted/leaked-booking.ts";
import { noAttemptCheck } from "./planted/no-attempt-check.ts";
import { noCharge } from "./planted/no-charge.ts";
import { noEpochFence } from "./planted/no-epoch-fence.ts";
import { noIndexDedupe } from "./planted/no-index-dedupe.ts";
import { noLift } from "./planted/no-lift.ts";
import { noRefund } from "./planted/no-refund.ts";
import { resumeFromAcked } from "./planted/resume-from-acked.ts";
import type { PlantedBug } from "./planted/planted-bug.ts";
import { prefixAsPrompt } from "./planted/prefix-as-prompt.ts";

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
  noLift,
  noCharge,
  noRefund,
  resumeFromAcked,
];
