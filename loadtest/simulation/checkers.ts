// Every property that a seed is judged by.

import type { Checker } from "./checker.ts";
import { aDeposedOwnerIsSilent } from "#loadtest/simulation/checkers/a-deposed-owner-is-silent.ts";
import { aNamedRequestRunsOnce } from "#loadtest/simulation/checkers/a-named-request-runs-once.ts";
import { aPrefixHitIsItsOwn } from "#loadtest/simulation/checkers/a-prefix-hit-is-its-own.ts";
import { aDeadLetterIffNotRetryable } from "#loadtest/simulation/checkers/a-dead-letter-iff-not-retryable.ts";
import { atMostThreeCrashesByOneRequest } from "#loadtest/simulation/checkers/at-most-three-crashes-by-one-request.ts";
import { admitsWithinASecondOfItsClaim } from "#loadtest/simulation/checkers/admits-within-a-second-of-its-claim.ts";
import { aRequestRunsWithinItsResidency } from "#loadtest/simulation/checkers/a-request-runs-within-its-residency.ts";
import { blocksAreConserved } from "#loadtest/simulation/checkers/blocks-are-conserved.ts";
import { countersOutliveTheirRouter } from "#loadtest/simulation/checkers/counters-outlive-their-router.ts";
import { deliveredTextIsTheOracles } from "#loadtest/simulation/checkers/delivered-text-is-the-oracles.ts";
import { epochsNeverGoBack } from "#loadtest/simulation/checkers/epochs-never-go-back.ts";
import { everyRequestEndsExactlyOnce } from "#loadtest/simulation/checkers/every-request-ends-exactly-once.ts";
import { gpuTimeIsConserved } from "#loadtest/simulation/checkers/gpu-time-is-conserved.ts";
import { keptUsageIsBilled } from "#loadtest/simulation/checkers/kept-usage-is-billed.ts";
import { limitsAreKept } from "#loadtest/simulation/checkers/limits-are-kept.ts";
import { noActorThrows } from "#loadtest/simulation/checkers/no-actor-throws.ts";
import { nobodyPaysForWhatDidNotRun } from "#loadtest/simulation/checkers/nobody-pays-for-what-did-not-run.ts";
import { nobodyGivesWayFourTimes } from "#loadtest/simulation/checkers/nobody-gives-way-four-times.ts";
import { noTenantStarves } from "#loadtest/simulation/checkers/no-tenant-starves.ts";
import { noReservationIsLeft } from "#loadtest/simulation/checkers/no-reservation-is-left.ts";
import { onlyTheCurrentAttemptSpeaks } from "#loadtest/simulation/checkers/only-the-current-attempt-speaks.ts";
import { quotasAreKept } from "#loadtest/simulation/checkers/quotas-are-kept.ts";
import { sharesRecoverAfterATakeover } from "#loadtest/simulation/checkers/shares-recover-after-a-takeover.ts";
import { theServiceGapIsBounded } from "#loadtest/simulation/checkers/the-service-gap-is-bounded.ts";
import { theStoreEndsNoStream } from "#loadtest/simulation/checkers/the-store-ends-no-stream.ts";
import { usageIsRecordedOnce } from "#loadtest/simulation/checkers/usage-is-recorded-once.ts";

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
