// The commands about what GPU time costs: `cost` says where it went and whose it was, `gpu-rates` what an hour costs.

import { cannotRead } from "#shared/config/file-reason.ts";
import type { GpuRateSet } from "#shared/ledger/gpu-time/gpu-ledger.ts";
import { CommandFailure } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import type { CostAnswer, TenantCostRow } from "./cost-routes.ts";
import type { Cell } from "#services/console/text-table.ts";
import { textTable } from "#services/console/text-table.ts";

export const costCommands: readonly Command[] = [
  {
    name: "cost",
    usage: "cost [--from TIME] [--to TIME] [--pool P]",
    does: "where GPU time went, whose it was and what it cost, from the ledger",
    operands: [],
    options: ["from", "to", "pool"],
    explains: [
      ["--from, --to TIME", "as of --since; whole UTC minutes; the last day where not said"],
      [
        "LINE",
        "prefill, decode, attention, adapter: requests' work; recompute: done again after a",
      ],
      [
        "",
        "preemption or a failover, billed to nobody; load: only an adapter came in; overhead: the",
      ],
      [
        "",
        "host's part of steps; down: no engine was up; unaccounted: what a killed worker had not told",
      ],
      ["DIRECT", "what the tenant's own requests had"],
      [
        "ALLOCATED",
        "its share of what no request had (load, overhead, idle, down, unaccounted) in",
      ],
      ["", "the same pool, zone and worker type, by what its requests had there"],
      ["UNPRICED", "GPU seconds for which no rate was in force"],
    ],
    run: cost,
  },
  {
    name: "gpu-rates",
    usage: "gpu-rates [-f FILE]",
    does: "what a GPU costs an hour, by worker type and zone; with a file, from now on as it says",
    operands: [],
    options: ["file"],
    explains: [
      ["-f FILE", "gpuRates: [{ workerType, zone, perGpuHour, currency, from, to }]; * is any"],
      [
        "",
        "all of them at once: each set is kept, and the last one is in force for all times it names",
      ],
    ],
    run: rates,
  },
];

async function cost({ client, options, isJson, terminal }: CommandCall): Promise<void> {
  const parameters = new URLSearchParams(options as Record<string, string>).toString();
  const answer = (await client.get(`/admin/v1/cost?${parameters}`)) as CostAnswer;
  terminal.print(isJson ? JSON.stringify(answer) : costText(answer));
}

const seconds = (us: number): string => (us / 1e6).toFixed(6);

function costText(answer: CostAnswer): string {
  const { lines, tenants, gpuUs, total, currency = "" } = answer;
  const share = (us: number): string => (gpuUs === 0 ? "" : `${((us / gpuUs) * 100).toFixed(2)} %`);
  const lineRows = lines
    .filter((line) => line.gpuUs > 0)
    .map(({ pool, zone, workerType, kind, gpuUs: us }): readonly Cell[] => [
      pool,
      zone,
      workerType,
      kind.replace(/Us$/, ""),
      seconds(us),
      share(us),
    ]);
  return [
    textTable(
      ["POOL", "ZONE", "WORKER TYPE", "LINE", "GPU SECONDS", "SHARE"],
      [...lineRows, ["", "", "", "(all)", seconds(gpuUs), share(gpuUs)]],
    ),
    "",
    textTable(
      [
        "TENANT",
        "DIRECT S",
        "RECOMPUTE S",
        "ALLOCATED S",
        "UNPRICED S",
        "DIRECT",
        "ALLOCATED",
        "COST",
      ],
      [
        ...tenants.map(tenantCells),
        ["(all)", "", "", seconds(gpuUs), "", "", "", `${total} ${currency}`.trim()],
      ],
    ),
  ].join("\n");
}

const nameOf = ({ tenant }: TenantCostRow): string =>
  tenant === undefined ? "(nobody)" : tenant === "" ? "(others)" : tenant;

const tenantCells = (row: TenantCostRow): readonly Cell[] => [
  nameOf(row),
  seconds(row.directUs),
  seconds(row.recomputeUs),
  seconds(row.allocatedUs),
  seconds(row.unpricedUs),
  row.direct,
  row.allocated,
  row.total,
];

async function rates({ client, options, isJson, terminal }: CommandCall): Promise<void> {
  const { file } = options;
  const answer =
    file === undefined
      ? await client.get("/admin/v1/gpu-rates")
      : await client.write("PUT", "/admin/v1/gpu-rates", {
          contentType: "application/yaml",
          body: await terminal.readFile(file).catch((error: unknown) => {
            throw new CommandFailure(cannotRead(file, error).message, { code: "unreadable_file" });
          }),
        });
  terminal.print(isJson ? JSON.stringify(answer) : ratesText(answer as GpuRateSet));
}

const ratesText = ({ version, rates: all }: GpuRateSet): string =>
  version === 0
    ? "no rate was ever set: what GPU time costs is not known"
    : [
        `version ${version}`,
        textTable(
          ["WORKER TYPE", "ZONE", "PER GPU HOUR", "FROM", "TO"],
          all.map((rate) => [
            rate.workerType,
            rate.zone,
            `${rate.perGpuHour} ${rate.currency}`,
            new Date(rate.fromEpochMs).toISOString(),
            rate.toEpochMs === null ? "" : new Date(rate.toEpochMs).toISOString(),
          ]),
        ),
      ].join("\n");
