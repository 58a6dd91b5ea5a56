// Every property that a seed is judged by.

import type { Checker } from "./checker.ts";
import { aDeposedOwnerIsSilent } from "./checkers/a-deposed-owner-is-silent.ts";
import { aNamedRequestRunsOnce } from "./checkers/a-named-request-runs-once.ts";
import { aPrefixHitIsItsOwn } from "./checkers/a-prefix-hit-is-its-own.ts";
import { aDeadLetterIffNotRetryable } from "./checkers/a-dead-letter-iff-not-retryable.ts";
import { atMostThreeCrashesByOneRequest } from "./checkers/at-most-three-crashes-by-one-request.ts";
import { admitsWithinASecondOfItsClaim } from "./checkers/admits-within-a-second-of-its-claim.ts";
import { aRequestRunsWithinItsResidency } from "./checkers/a-request-runs-within-its-residency.ts";
import { blocksAreConserved } from "./checkers/blocks-are-conserved.ts";
import { countersOutliveTheirRouter } from "./checkers/counters-outlive-their-router.ts";
import { deliveredTextIsTheOracles } from "./checkers/delivered-text-is-the-oracles.ts";
import { epochsNeverGoBack } from "./checkers/epochs-never-go-back.ts";
import { everyRequestEndsExactlyOnce } from "./checkers/every-request-ends-exactly-once.ts";
import { gpuTimeIsConserved } from "./checkers/gpu-time-is-conserved.ts";
import { keptUsageIsBilled } from "./checkers/kept-usage-is-billed.ts";
import { limitsAreKept } from "./checkers/limits-are-kept.ts";
import { noActorThrows } from "./checkers/no-actor-throws.ts";
import { nobodyPaysForWhatDidNotRun } from "./checkers/nobody-pays-for-what-did-not-run.ts";
import { nobodyGivesWayFourTimes } from "./checkers/nobody-gives-way-four-times.ts";
import { noTenantStarves } from "./checkers/no-tenant-starves.ts";
import { noReservationIsLeft } from "./checkers/no-reservation-is-left.ts";
import { onlyTheCurrentAttemptSpeaks } from "./checkers/only-the-current-attempt-speaks.ts";
import { quotasAreKept } from "./checkers/quotas-are-kept.ts";
import { sharesRecoverAfterATakeover } from "./checkers/shares-recover-after-a-takeover.ts";
import { theServiceGapIsBounded } from "./checkers/the-service-gap-is-bounded.ts";
import { theStoreEndsNoStream } from "./checkers/the-store-ends-no-stream.ts";
import { usageIsRecordedOnce } from "./checkers/usage-is-recorded-once.ts";

export const checkers: readonly Checker[] = [
  noActorThrows,
  everyRequestEndsExactlyOnce,
  deliveredTextIsTheOracles,
  blocksAreConserved,
  aPrefixHitIsItsOwn,
  aRequestRunsWithinItsResidency,
  epochsNeverGoBack,
  aDeposedOwnerIsSilent,
  onlyTheCurrentAttemptSpeaks,
  aNamedRequestRunsOnce,
  nobodyGivesWayFourTimes,
  atMostThreeCrashesByOneRequest,
  aDeadLetterIffNotRetryable,
  limitsAreKept,
  quotasAreKept,
  noTenantStarves,
  theServiceGapIsBounded,
  sharesRecoverAfterATakeover,
  admitsWithinASecondOfItsClaim,
  countersOutliveTheirRouter,
  theStoreEndsNoStream,
  nobodyPaysForWhatDidNotRun,
  noReservationIsLeft,
  usageIsRecordedOnce,
  gpuTimeIsConserved,
  keptUsageIsBilled,
];
