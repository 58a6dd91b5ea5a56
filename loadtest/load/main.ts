// `npm run load`: an open-loop replay against a running platform, reported per tenant.

import { generateWorkload } from "./generators.ts";
import { probe } from "./probe.ts";
import type { LoadPlan } from "./read-flags.ts";
import { help, readFlags, UsageError } from "./read-flags.ts";
import type { Progress } from "./replay.ts";
import { replay } from "./replay.ts";
import { formatReports, reportTenant } from "./tenant-report.ts";
import { readTrace } from "./trace-file.ts";
import type { Workload } from "./workload.ts";
import { scaled } from "./workload.ts";

/** A request, its queue included, may take this long. */
const timeoutMs = 600_000;

function workloadOf({ workload, durationMs, seed }: LoadPlan): Workload {
  if (workload.kind === "trace") {
    return scaled(readTrace(workload.file, seed), workload.timeScale, durationMs);
  }
  const { name, rate } = workload;
  return generateWorkload(name, {
    seed,
    durationMs,
    ...(rate === undefined ? {} : { requestsPerSecond: rate }),
  });
}

const progressLine = ({ elapsedS, sent, planned, open, ...ended }: Progress): string =>
  `load: ${elapsedS.toFixed(0)} s, sent ${sent}/${planned}, open ${open}, ` +
  `completed ${ended.completed}, refused ${ended.refused}, broken ${ended.broken}`;

async function run(plan: LoadPlan): Promise<number> {
  const { model, tenants, slo, seed, openMax, isJson } = plan;
  const workload = workloadOf(plan);
  if (workload.requests.length === 0) {
    throw new Error(`nothing of ${workload.source} arrives within ${plan.durationMs / 1000} s`);
  }
  for (const url of plan.urls) await probe({ ...plan, url });
  const where = plan.urls.map(({ origin }) => origin).join(", ");
  console.error(`load: ${workload.requests.length} requests of ${workload.source} to ${where}`);
  const [first, ...others] = plan.urls;
  const completions = (url: URL): URL => new URL("/v1/completions", url);
  const { outcomes, elapsedS, latenessP99Ms } = await replay(workload, {
    urls: [completions(first), ...others.map(completions)],
    model,
    tenants,
    seed,
    timeoutMs,
    openMax,
    onProgress: (progress) => console.error(progressLine(progress)),
  });
  const reports = [...outcomes].map(([tenant, list]) =>
    reportTenant({ tenant, outcomes: list, slo, elapsedS }),
  );
  console.log(formatReports(reports));
  console.log(
    `${elapsedS.toFixed(1)} s; requests left at most ${latenessP99Ms} ms late (p99); goodput = TTFT ≤ ${slo.ttftMs} ms and TPOT ≤ ${slo.tpotMs} ms`,
  );
  if (isJson) {
    const { name, source } = workload;
    console.log(
      JSON.stringify({ workload: name, source, slo, elapsedS, latenessP99Ms, tenants: reports }),
    );
  }
  if (reports.some(({ completed }) => completed > 0)) return 0;
  console.error("load: not one request completed");
  return 1;
}

try {
  const plan = readFlags(process.argv.slice(2), process.env);
  if (plan === "help") console.log(help);
  else process.exitCode = await run(plan);
} catch (error) {
  console.error(`load: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
