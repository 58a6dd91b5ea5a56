// The figures as they are printed: one row a target, one row a part of the fleet, one row a window of aborts.

import { percentile } from "#loadtest/load/percentile.ts";
import type { Abort } from "./measure-abort.ts";
import { abortWindows } from "./measure-abort.ts";
import type { ClosedLoop } from "./measure-closed-loop.ts";
import type { Streams } from "./measure-streams.ts";
import { sumOf } from "./part-figures.ts";
import type { PartName, PerPart, Target } from "./target.ts";

type Mode = Target["mode"];
type PerMode<Value> = ReadonlyMap<Mode, Value>;

export interface Measured {
  readonly ttft: PerMode<readonly number[]>;
  readonly closed: PerMode<readonly ClosedLoop[]>;
  readonly streams: PerMode<readonly Streams[]>;
  /** Tokens singly: nginx and the fleet only. */
  readonly spread: PerMode<readonly Streams[]>;
  readonly memory: PerMode<readonly Streams[]>;
  readonly aborts: PerMode<readonly Abort[]>;
  readonly idle: PerPart;
}

export const nothingMeasured: Measured = {
  ttft: new Map(),
  closed: new Map(),
  streams: new Map(),
  spread: new Map(),
  memory: new Map(),
  aborts: new Map(),
  idle: {},
};

const modes: readonly Mode[] = ["embedded", "nginx", "bare", "cluster"];
const fleetParts: readonly PartName[] = [
  "edge",
  "control",
  "worker",
  "metering",
  "registry",
  "nats",
  "etcd",
  "postgres",
];

/** Of one part, or of all. */
type Pick = (parts: PerPart) => number;
const partOf =
  (name: PartName): Pick =>
  (parts) =>
    parts[name] ?? Number.NaN;

const secondsPer1k = ({ closed }: Measured, mode: Mode, pick: Pick): number =>
  median((closed.get(mode) ?? []).map((one) => pick(one.cpuSecondsPer1k)));
const usPerToken = (streams: PerMode<readonly Streams[]>, mode: Mode, pick: Pick): number =>
  median((streams.get(mode) ?? []).map((one) => pick(one.cpuUsPerToken)));
const rssPerStream = ({ memory }: Measured, mode: Mode, pick: Pick): number =>
  median((memory.get(mode) ?? []).map((one) => pick(one.rssKbPerStream)));

export function modeRows(measured: Measured): readonly object[] {
  const { ttft, closed, streams, spread, aborts } = measured;
  const bareTtft = ttft.get("bare") ?? [];
  const cpu = (mode: Mode): number => secondsPer1k(measured, mode, sumOf);
  return modes.map((mode) => {
    const own = ttft.get(mode) ?? [];
    const reached = aborts.get(mode)?.map((abort) => abort.reachedMs);
    return {
      mode,
      added_ttft_p50_ms: rounded(at(own, 0.5) - at(bareTtft, 0.5)),
      added_ttft_p99_ms: rounded(at(own, 0.99) - at(bareTtft, 0.99)),
      cpu_s_per_1k_requests: rounded(cpu(mode)),
      requests_per_s: rounded(median((closed.get(mode) ?? []).map((one) => one.requestsPerSecond))),
      cpu_us_per_token: rounded(usPerToken(streams, mode, sumOf)),
      cpu_us_per_token_singly: spread.has(mode) ? rounded(usPerToken(spread, mode, sumOf)) : null,
      rss_kb_per_stream: rounded(rssPerStream(measured, mode, sumOf)),
      // The platform's processes hold an engine too; nginx's does not. Both ratios, so that nobody has to guess.
      nginx_cpu_ratio: rounded(cpu(mode) / cpu("nginx")),
      nginx_cpu_ratio_without_engine: rounded((cpu(mode) - cpu("bare")) / cpu("nginx")),
      abort_p99_ms: reached === undefined ? null : rounded(at(reached, 0.99)),
    };
  });
}

/** The fleet's processes one by one. Ratios are to nginx in the same stage. */
export function partRows(measured: Measured): readonly object[] {
  const { streams, spread, idle } = measured;
  return fleetParts.map((part) => {
    const pick = partOf(part);
    const perRequest = secondsPer1k(measured, "cluster", pick);
    const together = usPerToken(streams, "cluster", pick);
    const singly = usPerToken(spread, "cluster", pick);
    return {
      part,
      cores_idle: rounded(pick(idle)),
      cpu_s_per_1k_requests: rounded(perRequest),
      nginx_request_ratio: rounded(perRequest / secondsPer1k(measured, "nginx", sumOf)),
      cpu_us_per_token: rounded(together),
      nginx_token_ratio: rounded(together / usPerToken(streams, "nginx", sumOf)),
      cpu_us_per_token_singly: rounded(singly),
      nginx_token_ratio_singly: rounded(singly / usPerToken(spread, "nginx", sumOf)),
      rss_kb_per_stream: rounded(rssPerStream(measured, "cluster", pick)),
    };
  });
}

export function abortRows(aborts: Measured["aborts"]): readonly object[] {
  return [...aborts].flatMap(([mode, all]) =>
    abortWindows.map((window) => {
      const own = all.filter((abort) => abort.window === window);
      const reached = own.map((abort) => abort.reachedMs);
      const freed = own.map((abort) => abort.freedMs);
      return {
        mode,
        window,
        aborts: own.length,
        reached_p50_ms: rounded(at(reached, 0.5)),
        reached_p99_ms: rounded(at(reached, 0.99)),
        freed_p50_ms: rounded(at(freed, 0.5)),
        freed_max_ms: rounded(at(freed, 1)),
      };
    }),
  );
}

const at = (values: readonly number[], share: number): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    share,
  );
const median = (values: readonly number[]): number => at(values, 0.5);
/** Nothing where nothing was measured. */
const rounded = (value: number): number | null =>
  Number.isNaN(value) ? null : Math.round(value * 1000) / 1000;
