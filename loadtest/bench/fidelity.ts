// How true the simulated engine is: measured serving runs again in virtual time, closed loop at each one's concurrency.
// Without a file of measurements the step tables alone are checked, against their test vectors.

import { parseArgs } from "node:util";
import { rounded } from "./fairness/summary.ts";
import { runClosedLoop } from "./fidelity/closed-loop.ts";
import { deploymentOf, engineFor } from "./fidelity/deployment.ts";
import type { Compared } from "./fidelity/fidelity-rows.ts";
import { fidelityRows, unsupportedRows } from "./fidelity/fidelity-rows.ts";
import type { MeasuredRow } from "./fidelity/measured-rows.ts";
import { readMeasured } from "./fidelity/measured-rows.ts";
import { vectorRows } from "./fidelity/test-vectors.ts";

const help = `npm run bench -- fidelity [--measured FILE] [--each] [--json]

The simulated engine beside measured serving runs, in virtual time: closed loop at each row's concurrency, all prompts of one length and
all outputs of one, the first wave over 4 ms, chunked prefill under 8,192 tokens a step, decodes first, prompts in order of arrival, KV
limited. The first completions, as many as are in flight, are left out, three times as many count.

--measured FILE  a CSV with the columns system, backend, model_path, precision, tp_size, batch_size, isl, osl, silicon_ttft_ms,
                 silicon_tpot_ms; without it only the step tables are checked, against test vectors
--each           every measured row beside its simulated one, too

Fitted: one host time per (backend, model), host_ms, and one KV limit per deployment, kv_tokens; nothing per row. Blank precision: BF16.
tpot_error_…  of |simulated ÷ measured − 1| over the rows of a set; ttft_ratio_median: simulated ÷ measured. Time to first token is not
              validated: equal lengths lock the loop in phase, and ramp and client cost of the measurements are unknown.
unsupported   rows for which there is no step table`;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      measured: { type: "string" },
      each: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const vectors = vectorRows();
  const wrong = vectors.filter(({ agrees }) => !agrees);
  if (!values.json) console.table(vectors);
  if (wrong.length > 0) throw new Error(`${wrong.length} test vectors disagree with the tables`);
  if (values.measured === undefined) {
    const says =
      "no --measured FILE: only the step tables were checked, against their test vectors";
    console.error(`bench fidelity: ${says}`);
    return { measured: null, says, vectors, rows: [], unsupported: [] };
  }
  return compare(values.measured, { isQuiet: values.json, isEach: values.each });
}

function compare(path: string, { isQuiet, isEach }: { isQuiet: boolean; isEach: boolean }): object {
  const compared: Compared[] = [];
  const left: { row: MeasuredRow; why: string }[] = [];
  const measured = readMeasured(path);
  for (const [index, row] of measured.entries()) {
    const deployment = deploymentOf(row);
    if (deployment.kind === "unsupported") {
      left.push({ row, why: deployment.why });
      continue;
    }
    const { profile } = deployment;
    console.error(
      `bench fidelity: row ${index + 1} of ${measured.length}, ${profile} at ${row.concurrency}…`,
    );
    const { ttftMs, tpotMs } = runClosedLoop(engineFor(deployment, row.concurrency), row);
    compared.push({ row, deployment, ttftMs, tpotMs });
  }
  const rows = fidelityRows(compared);
  const unsupported = unsupportedRows(left);
  const each = isEach ? { each: compared.map(eachRow) } : {};
  if (!isQuiet) {
    if (each.each !== undefined) console.table(each.each);
    console.table(
      rows,
      Object.keys(rows[0] ?? {}).filter((name) => name !== "kv_tokens"),
    );
    console.table(unsupported);
  }
  return { measured: path, rows, unsupported, ...each };
}

const eachRow = ({ row, deployment, ttftMs, tpotMs }: Compared): object => ({
  profile: deployment.profile,
  backend: row.backend,
  concurrency: row.concurrency,
  isl: row.promptTokens,
  osl: row.outputTokens,
  tpot_ms: rounded(tpotMs, 3),
  measured_tpot_ms: rounded(row.tpotMs, 3),
  tpot_error_pct: rounded(100 * (tpotMs / row.tpotMs - 1), 2),
  ttft_ms: rounded(ttftMs, 1),
  measured_ttft_ms: rounded(row.ttftMs, 1),
});
