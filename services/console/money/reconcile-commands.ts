// The command `reconcile`: the proof of billing of a range, repaired if asked for, as a table or as a report for a tenant.

import type { Reconciliation } from "#shared/model/reconciliation.ts";
import { CommandFailure } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { reconcileReport } from "./reconcile-report.ts";
import { reconcileText } from "./reconcile-text.ts";

export const reconcileCommands: readonly Command[] = [
  {
    name: "reconcile",
    usage: "reconcile --from TIME --to TIME [--tenant T] [--repair] [--report FILE]",
    does: "whether all that was admitted is in the ledger, once; what differs, and repairing it",
    operands: [],
    options: ["from", "to", "tenant", "repair", "report"],
    explains: [
      [
        "--from TIME, --to TIME",
        "by arrival, in whole minutes: 2026-01-31, 2026-01-31T12:00:00Z or epoch ms",
      ],
      ["--tenant T", "only this tenant's, with a hash over its rows"],
      [
        "--repair",
        "asks outboxes to send again, stores what was set aside, settles what nobody is left to",
      ],
      ["", "close, and looks again; no final row is changed, and twice is as good as once"],
      ["--report FILE", "writes what can be sent to tenant T, in Markdown; - prints it"],
      [
        "ADMITTED",
        "counted by the edges as requests came in; ROWS, FINAL: in the ledger, and over",
      ],
      ["", "exit code 0: nothing differs, or only what is in flight; 2: differences remain"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<number> {
  const { client, options, terminal, isJson } = call;
  const { repair, report, tenant, ...range } = options;
  if (report !== undefined && tenant === undefined) {
    throw new CommandFailure("--report is about one tenant: name it with --tenant", {
      code: "wrong_operand",
    });
  }
  const given = { ...range, ...(tenant === undefined ? {} : { tenant }) };
  const query = new URLSearchParams(given as Record<string, string>).toString();
  const path = `/admin/v1/reconcile?${query}`;
  const asked = repair === undefined ? client.get(path) : client.write("POST", path);
  const answer = (await asked) as Reconciliation;
  if (report !== undefined && tenant !== undefined) {
    const text = reconcileReport(answer, tenant);
    if (report === "-") terminal.print(text);
    else await terminal.writeFile?.(report, text);
  }
  if (report !== "-") terminal.print(isJson ? JSON.stringify(answer) : reconcileText(answer));
  return answer.verdict === "differs" ? differs : 0;
}

const differs = 2;
