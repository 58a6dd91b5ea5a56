// Questions that every process of the fleet answers for itself: what an operator's view is gathered from. Answers
// are hints: who does not answer in time is named, and the rest is shown without it.

/** What one process said. */
export interface ProcessAnswer {
  readonly process: string;
  readonly answer: unknown;
}

export interface Gathered {
  readonly answers: readonly ProcessAnswer[];
  /** Expected and not heard in time. */
  readonly silent: readonly string[];
}

export interface AskOptions {
  readonly timeoutMs: number;
  /** Processes whose answer is waited for; all others that answer meanwhile count too. */
  readonly expected: readonly string[];
}

export interface Asking {
  /** Plain data, at most 512 KiB packed. */
  ask(question: string, body: unknown, options: AskOptions): Promise<Gathered>;
}

export interface Answering {
  /** One answerer per question; it must not throw. Returns how to stop. */
  answer(question: string, answer: (body: unknown) => unknown): () => void;
}
