// Every accepted request that failed for good leaves one dead letter, with the cause that its client was told; and none is
// left by one that may be tried again, that ended well, or whose client went away.

import type { Checker, Report } from "#loadtest/simulation/checker.ts";
import type { ClientHistory } from "#loadtest/simulation/client-history.ts";
import { refusalStatus } from "#services/edge/refusal-status.ts";
import type { LetterDied } from "#shared/messages/to-dead-letters.ts";
import type { RefusalCode } from "#shared/model/refusal.ts";

/** Told to who reads on, of a stream that is another session's: no failure of the request. */
const notOfTheRequest: ReadonlySet<RefusalCode> = new Set([
  "cancelled",
  "stream_resumed_elsewhere",
  "request_not_found",
  "resume_gone",
  "resume_beyond_output",
  // The run that it names is another's, and was cut off; the edge begins the next one unseen, which the clients here leave to it.
  "idempotency_run_over",
]);

export const aDeadLetterIffNotRetryable: Checker = {
  name: "a-dead-letter-iff-not-retryable",
  watch: (report) => ({
    judge({ histories, letters }) {
      for (const history of histories.values()) {
        judgeOne(report, history, letters.get(history.request.requestId) ?? []);
      }
    },
  }),
};

function judgeOne(report: Report, history: ClientHistory, letters: readonly LetterDied[]): void {
  const { requestId } = history.request;
  if (letters.length > 1 && !isShared(history))
    report(`${requestId}: ${letters.length} dead letters`);
  const [letter] = letters;
  if (letter !== undefined) judgeLetter(report, history, letter);
  const code = diedOf(history);
  if (code !== undefined && letter?.cause !== code) {
    report(`${requestId}: failed with ${code}, and ${letter?.cause ?? "no"} dead letter`);
  }
}

/** Several have read it, each with a deadline of its own: it may have failed for one of them. */
const isShared = ({ comesBack, echoes }: ClientHistory): boolean =>
  comesBack === "does" || echoes.length > 0;

function judgeLetter(report: Report, history: ClientHistory, { cause }: LetterDied): void {
  const { end, request } = history;
  const { requestId } = request;
  if (refusalStatus(cause).retry !== "never") {
    report(`${requestId}: a dead letter for ${cause}, which may be tried again`);
  }
  if (end?.kind === "completed" && !isShared(history)) {
    report(`${requestId}: completed, and a dead letter for ${cause}`);
  }
}

/** As its client was told, of an accepted request that failed for good. */
function diedOf({ end, admissions }: ClientHistory): RefusalCode | undefined {
  if (end?.kind !== "failed" || admissions === 0) return undefined;
  const { code } = end.refusal;
  return refusalStatus(code).retry === "never" && !notOfTheRequest.has(code) ? code : undefined;
}
