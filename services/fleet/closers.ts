// What a process has opened, closed in the reverse order. What follows a failed closer is closed all the same.

export type Closer = () => Promise<void> | void;

export interface Closers {
  add(closer: Closer): void;
  /** Once; rejects with the first failure, after everything else is closed. */
  closeAll(): Promise<void>;
}

export function startClosers(): Closers {
  const closers: Closer[] = [];
  return {
    add: (closer) => {
      closers.push(closer);
    },
    closeAll: async () => {
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
