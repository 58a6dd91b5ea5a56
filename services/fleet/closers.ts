// What a process has opened, closed in the reverse order. What follows a failed closer is closed all the same.

export type Closer = () => Promise<void> | void;

export interface Closers {
  add(closer: Closer): void;
  /** `closeAll` was called: what is still open ends. */
  isClosing(): boolean;
  /** Once; rejects with the first failure, after everything else is closed. */
  closeAll(): Promise<void>;
}

export function startClosers(): Closers {
  const closers: Closer[] = [];
  let isClosing = false;
  return {
    add: (closer) => {
      closers.push(closer);
    },
    isClosing: () => isClosing,
    closeAll: async () => {
      isClosing = true;
      const failures: unknown[] = [];
      for (const closer of closers.splice(0).toReversed()) {
        try {
          await closer();
        } catch (failure) {
          failures.push(failure);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Among what a process lacks to be ready. */
export const drains = (closers: Pick<Closers, "isClosing">): readonly string[] =>
  closers.isClosing() ? ["it drains"] : [];
