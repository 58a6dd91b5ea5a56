// The lines that GPU time is booked on. Law: over any stretch of a worker's life its lines add up to wall × GPUs, each
// microsecond on one line; nothing is on none.

/** What requests had, by kind of work, in GPU-microseconds. */
export interface RequestWork {
  /** Matrix products for prompt tokens. Of an engine whose steps are not known: all until the first token. */
  readonly prefillUs: number;
  /** Matrix products for output tokens. Of an engine whose steps are not known: all from the first token on. */
  readonly decodeUs: number;
  /** Attention, of prompts and of output. */
  readonly attentionUs: number;
  readonly adapterUs: number;
  /** All of what was computed before and lost: after a preemption, or a failover. Nobody is billed for it. */
  readonly recomputeUs: number;
}

export interface GpuLines extends RequestWork {
  /** Nothing ran but an adapter that came in. */
  readonly loadUs: number;
  /** Of steps: the host's part, and moving KV. */
  readonly overheadUs: number;
  readonly idleUs: number;
  /** No engine told of it: it was starting, had died, or was being restarted. */
  readonly downUs: number;
  /** From the last word of a life that was killed to its end. */
  readonly unaccountedUs: number;
}

export const noRequestWork: RequestWork = {
  prefillUs: 0,
  decodeUs: 0,
  attentionUs: 0,
  adapterUs: 0,
  recomputeUs: 0,
};

export const noGpuLines: GpuLines = {
  ...noRequestWork,
  loadUs: 0,
  overheadUs: 0,
  idleUs: 0,
  downUs: 0,
  unaccountedUs: 0,
};

export const gpuLineNames: readonly (keyof GpuLines)[] = Object.keys(
  noGpuLines,
) as (keyof GpuLines)[];

export const requestWorkNames: readonly (keyof RequestWork)[] = Object.keys(
  noRequestWork,
) as (keyof RequestWork)[];

/** Line by line. */
export const mapLines = (of: (line: keyof GpuLines) => number): GpuLines =>
  Object.fromEntries(gpuLineNames.map((line) => [line, of(line)])) as unknown as GpuLines;

export const addLines = (a: GpuLines, b: GpuLines): GpuLines =>
  mapLines((line) => a[line] + b[line]);

export const maxLines = (a: GpuLines, b: GpuLines): GpuLines =>
  mapLines((line) => Math.max(a[line], b[line]));

export const sumOfLines = (lines: GpuLines): number =>
  gpuLineNames.reduce((sum, line) => sum + lines[line], 0);

export const requestsOf = (work: RequestWork): number =>
  requestWorkNames.reduce((sum, kind) => sum + work[kind], 0);
