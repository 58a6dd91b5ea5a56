// `npm run load`: an open-loop replay against a running platform, reported per tenant.

import { parseArgs } from "node:util";
import { parseTenants } from "./assign-tenants.ts";
import { generateWorkload, generatorNames } from "./generators.ts";
import { replay } from "./replay.ts";
import { formatReports, reportTenant } from "./tenant-report.ts";
import { readTrace } from "./trace-file.ts";
import type { Workload } from "./workload.ts";
import { scaled } from "./workload.ts";

const help = `npm run load -- (--workload NAME | --trace FILE) [options]

  --workload NAME     ${generatorNames.join(", ")}: seeded generators
  --trace FILE        an Azure CSV, arena CSV or Mooncake JSONL file, read in place
  --url URL           the platform (default http://127.0.0.1:8080)
  --model ID          (default llama-3.1-8b)
  --tenants LIST      name=key*share,… (default the three demo tenants, equal shares)
  --rate R            generators: requests per second (default: the trace's own)
  --time-scale X      traces: X times as fast (default 1)
  --duration S        wall seconds of arrivals (default 300; generators 60)
  --slo-ttft-ms N     goodput target (default 2000)
  --slo-tpot-ms N     goodput target (default 60)
  --open-max N        open streams at once (default 2000)
  --seed N            (default 1)
  --json              the last line is one JSON object`;

const fail = (message: string): never => {
  console.error(`load: ${message}`);
  process.exit(2);
};

function readArguments(): ReturnType<typeof parse> {
  try {
    return parse();
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function parse() {
  return parseArgs({
    options: {
      workload: { type: "string" },
      trace: { type: "string" },
      url: { type: "string", default: "http://127.0.0.1:8080" },
      model: { type: "string", default: "llama-3.1-8b" },
      tenants: {
        type: "string",
        default: "acme=fl-demo-acme,bolt=fl-demo-bolt,corner=fl-demo-corner",
      },
      rate: { type: "string" },
      "time-scale": { type: "string", default: "1" },
      duration: { type: "string" },
      "slo-ttft-ms": { type: "string", default: "2000" },
      "slo-tpot-ms": { type: "string", default: "60" },
      "open-max": { type: "string", default: "2000" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;
}

const flags = readArguments();
if (flags.help) {
  console.log(help);
  process.exit(0);
}

function positive(name: string, text: string): number {
  const value = Number(text);
  return Number.isFinite(value) && value > 0
    ? value
    : fail(`--${name}: "${text}" is not a number above 0`);
}

function chooseWorkload(): Workload {
  const seed = positive("seed", flags.seed);
  if ((flags.workload === undefined) === (flags.trace === undefined)) {
    return fail("give either --workload or --trace (see --help)");
  }
  if (flags.trace !== undefined) {
    const durationMs = positive("duration", flags.duration ?? "300") * 1000;
    const trace = readTrace(flags.trace, seed);
    return scaled(trace, positive("time-scale", flags["time-scale"]), durationMs);
  }
  const name = generatorNames.find((known) => known === flags.workload);
  if (name === undefined) return fail(`--workload: one of ${generatorNames.join(", ")}`);
  return generateWorkload(name, {
    seed,
    durationMs: positive("duration", flags.duration ?? "60") * 1000,
    ...(flags.rate === undefined ? {} : { requestsPerSecond: positive("rate", flags.rate) }),
  });
}

try {
  const workload = chooseWorkload();
  const tenants = parseTenants(flags.tenants);
  const slo = {
    ttftMs: positive("slo-ttft-ms", flags["slo-ttft-ms"]),
    tpotMs: positive("slo-tpot-ms", flags["slo-tpot-ms"]),
  };
  console.error(`load: ${workload.requests.length} requests of ${workload.source} to ${flags.url}`);
  const { outcomes, elapsedS, latenessP99Ms } = await replay(workload, {
    url: new URL("/v1/completions", flags.url),
    model: flags.model,
    tenants,
    seed: positive("seed", flags.seed),
    timeoutMs: 600_000,
    openMax: positive("open-max", flags["open-max"]),
    onProgress: ({ elapsedS: seconds, sent, planned, open, completed, refused }) =>
      console.error(
        `load: ${seconds.toFixed(0)} s, sent ${sent}/${planned}, open ${open}, completed ${completed}, refused ${refused}`,
      ),
  });
  const reports = [...outcomes].map(([tenant, list]) =>
    reportTenant({ tenant, outcomes: list, slo, elapsedS }),
  );
  console.log(formatReports(reports));
  console.log(
    `${elapsedS.toFixed(1)} s; requests left at most ${latenessP99Ms} ms late (p99); goodput = TTFT ≤ ${slo.ttftMs} ms and TPOT ≤ ${slo.tpotMs} ms`,
  );
  if (flags.json) {
    const { name, source } = workload;
    console.log(
      JSON.stringify({ workload: name, source, slo, elapsedS, latenessP99Ms, tenants: reports }),
    );
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}
