// The command about the audit: `audit` lists it, `audit verify` proves that it is what was written.

import type { AuditVerdict, ChainPlace } from "#shared/ledger/audit/audit-chain.ts";
import type { AuditRow } from "#shared/ledger/audit/audit.ts";
import { CommandFailure, wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { textTable } from "#services/console/text-table.ts";
import { parametersOf, refuseOptions } from "#services/console/command-options.ts";

export const auditCommands: readonly Command[] = [
  {
    name: "audit",
    usage: "audit [--actor A] [--since TIME] [--limit N] | audit verify",
    does: "who did what, and when; and whether any of it was changed, dropped or written anew since",
    operands: ["verify"],
    needsNoOperand: true,
    options: ["actor", "action", "since", "limit", "head"],
    explains: [
      ["--actor A", 'only what this one did: admin-api, start, or "tenant T"'],
      ["--action X", 'only this action, such as "apply fleet"'],
      [
        "--since TIME",
        "2026-01-31, 2026-01-31T12:00:00+02:00, epoch milliseconds, or 24h ago: 24h",
      ],
      ["--limit N", "at most N rows, from 1 to 1000 (default 50), newest first"],
      ["verify", "every row's hash is made again from what it says and from the row before it"],
      ["--head SEQ:HASH", "what an earlier verify ended with: only so a dropped tail, or a chain"],
      ["", "written anew, is found; keep it where the database's owner cannot write"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [verb] = call.words;
  if (verb === undefined) return list(call);
  if (verb !== "verify") throw wrongOperand(`audit knows verify, not ${verb}`);
  refuseOptions(call, "audit verify", ["actor", "action", "since", "limit"]);
  return verify(call);
}

async function list(call: CommandCall): Promise<void> {
  refuseOptions(call, "audit", ["head"]);
  const answer = await call.client.get(`/admin/v1/audit${parametersOf(call.options)}`);
  const { audit } = answer as { readonly audit: readonly AuditRow[] };
  call.terminal.print(call.isJson ? JSON.stringify(answer) : listText(audit));
}

const detailLengthMax = 120;

const listText = (rows: readonly AuditRow[]): string =>
  textTable(
    ["SEQ", "AT", "ACTOR", "ACTION", "DETAIL"],
    rows.map(({ seq, atEpochMs, actor, action, detail }) => [
      seq,
      new Date(atEpochMs).toISOString(),
      oneLine(actor),
      oneLine(action),
      oneLine(JSON.stringify(detail)),
    ]),
  );

/** Names in it may be anybody's. */
const oneLine = (text: string): string => {
  const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
  return plain.length <= detailLengthMax ? plain : `${plain.slice(0, detailLengthMax)}…`;
};

/** In as many calls as it takes, each from where the last one ended. */
async function verify(call: CommandCall): Promise<void> {
  const { head } = call.options;
  let rowsChecked = 0;
  let after: ChainPlace | undefined;
  for (;;) {
    const parameters = {
      ...(head === undefined ? {} : { head }),
      ...(after === undefined ? {} : { after: placeText(after) }),
    };
    const answer = await call.client.get(`/admin/v1/audit/verify${parametersOf(parameters)}`);
    const verdict = answer as AuditVerdict;
    rowsChecked += verdict.rowsChecked;
    if (verdict.broken !== undefined) throw broken(verdict.broken, rowsChecked);
    after = verdict.head ?? after;
    if (!verdict.hasMore) break;
  }
  const whole = { isWhole: true, rowsChecked, ...(after === undefined ? {} : { head: after }) };
  call.terminal.print(call.isJson ? JSON.stringify(whole) : wholeText(rowsChecked, after));
}

const broken = ({ seq, why }: { readonly seq: number; readonly why: string }, right: number) =>
  new CommandFailure(
    `the audit does not hold. Row ${seq}: ${why}. ${rowsText(right)} checked before that.`,
    { code: "audit_broken" },
  );

const rowsText = (rows: number): string => (rows === 1 ? "1 row" : `${rows} rows`);

const placeText = ({ seq, hash }: ChainPlace): string => `${seq}:${hash}`;

const wholeText = (rowsChecked: number, head: ChainPlace | undefined): string =>
  head === undefined
    ? "the audit is empty"
    : [
        `the audit holds: ${rowsText(rowsChecked)} checked`,
        `head ${placeText(head)}`,
        `keep it elsewhere, and next time: fairlead audit verify --head ${placeText(head)}`,
      ].join("\n");
