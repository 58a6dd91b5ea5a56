// Every property that a seed is judged by.

import type { Checker } from "./checker.ts";
import { aDeposedOwnerIsSilent } from "./checkers/a-deposed-owner-is-silent.ts";
import { aNamedRequestRunsOnce } from "./checkers/a-named-request-runs-once.ts";
import { aPrefixHitIsItsOwn } from "./checkers/a-prefix-hit-is-its-own.ts";
import { blocksAreConserved } from "./checkers/blocks-are-conserved.ts";
import { deliveredTextIsTheOracles } from "./checkers/delivered-text-is-the-oracles.ts";
import { epochsNeverGoBack } from "./checkers/epochs-never-go-back.ts";
import { everyRequestEndsExactlyOnce } from "./checkers/every-request-ends-exactly-once.ts";
import { limitsAreKept } from "./checkers/limits-are-kept.ts";
import { noActorThrows } from "./checkers/no-actor-throws.ts";
import { nobodyPaysForWhatDidNotRun } from "./checkers/nobody-pays-for-what-did-not-run.ts";
import { nobodyGivesWayFourTimes } from "./checkers/nobody-gives-way-four-times.ts";
import { noTenantStarves } from "./checkers/no-tenant-starves.ts";
import { noReservationIsLeft } from "./checkers/no-reservation-is-left.ts";
import { onlyTheCurrentAttemptSpeaks } from "./checkers/only-the-current-attempt-speaks.ts";
import { theServiceGapIsBounded } from "./checkers/the-service-gap-is-bounded.ts";
import { usageIsRecordedOnce } from "./checkers/usage-is-recorded-once.ts";

export const checkers: readonly Checker[] = [
  noActorThrows,
  everyRequestEndsExactlyOnce,
  deliveredTextIsTheOracles,
  blocksAreConserved,
  aPrefixHitIsItsOwn,
  epochsNeverGoBack,
  aDeposedOwnerIsSilent,
  onlyTheCurrentAttemptSpeaks,
  aNamedRequestRunsOnce,
  nobodyGivesWayFourTimes,
  limitsAreKept,
  noTenantStarves,
  theServiceGapIsBounded,
  nobodyPaysForWhatDidNotRun,
  noReservationIsLeft,
  usageIsRecordedOnce,
];
