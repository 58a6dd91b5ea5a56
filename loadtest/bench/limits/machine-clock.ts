// CLOCK_MONOTONIC: on Linux all processes of a machine read the same, which `performance.now` does not give them.

export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
