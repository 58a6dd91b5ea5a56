// How a process ends: by itself, once its event loop is empty. `process.exit` joins V8's compiler threads, and one of
// them may be waiting for a collection that the main thread will not make any more: with Node 24.21 one start in
// forty that failed early then hung for ever.

/** For a handle that somebody forgot. By then nothing is being compiled any more. */
const lastResortMs = 3_000;

/** Nothing may be open any more that has still something to do. Without a code: with the one that is set. */
export function endProcess(code?: number): void {
  if (code !== undefined) process.exitCode = code;
  setTimeout(() => process.exit(), lastResortMs).unref();
}
