// On what a benchmark of real engines was measured.

import { cpus, loadavg } from "node:os";

export interface Conditions {
  readonly at: string;
  readonly cpus: string;
  readonly node: string;
  /** Runnable processes over the last minute, before the first figure and after the last. */
  readonly load: readonly [number, number];
  readonly engine: string;
  readonly engine_threads: number;
}

const load = (): number => Number((loadavg()[0] ?? 0).toFixed(2));

/** Now; what it returns is called at the end. */
export function conditionsFrom(engine: string): () => Conditions {
  const at = new Date().toISOString();
  const before = load();
  const all = cpus();
  return () => ({
    at,
    cpus: `${all.length} × ${all[0]?.model ?? "unknown"}`,
    node: process.version,
    load: [before, load()],
    engine,
    engine_threads: 1,
  });
}
