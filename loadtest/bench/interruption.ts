// A benchmark that is interrupted ends what it started before it goes.

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** Settles as the work does, or rejects with `Interrupted` at the first signal that asks this process to end. */
export function untilInterrupted<Result>(work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const stop = (signal: NodeJS.Signals): void =>
      reject(new Interrupted(`interrupted by ${signal}`));
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
    const leave = (): void => {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    };
    work().finally(leave).then(resolve, reject);
  });
}
