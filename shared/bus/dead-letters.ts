// Dead letters as a port: requests that were accepted and failed for good, kept for operators. One record per request, without
// its prompt. Two implementations keep one suite, `dead-letters.cases.ts`: a stream of NATS, and a file.

import type { LetterDied } from "#shared/messages/to-dead-letters.ts";

/** As it is kept: what the session told, a digest in place of the identity. */
export interface DeadLetter extends Omit<LetterDied, "kind" | "identity"> {
  /** Of tenant, model, adapter, prompt and parameters together: the same request has the same, under whatever id. */
  readonly digest: string;
}

/** The oldest go first: by age, or when there are too many. */
export const lettersMax = 10_000;
export const letterKeptMs: number = 30 * 24 * 3_600_000;

export interface LetterFilter {
  readonly tenant?: string;
  readonly limit: number;
}

export interface DeadLetters {
  /** Durable when it resolves. Written again, a request's letter stands once. */
  write(letter: DeadLetter): Promise<void>;
  /** Newest first. */
  list(filter: LetterFilter): Promise<readonly DeadLetter[]>;
  find(requestId: string): Promise<DeadLetter | undefined>;
  /** False: there was none. */
  drop(requestId: string): Promise<boolean>;
}
