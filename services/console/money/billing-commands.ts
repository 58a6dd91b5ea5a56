// Commands about money: `prices`, `invoice`, `credit`, `dispute`, `export`.

import { randomUUID } from "node:crypto";
import { cannotRead } from "#shared/config/file-reason.ts";
import type {
  BillingEntry,
  ExportPage,
  Issued,
  IssuedAll,
  PricesApplied,
} from "#shared/model/billing-desk.ts";
import type { InvoiceDocument } from "#shared/model/invoice.ts";
import {
  bookText,
  booksText,
  entryText,
  invoicesText,
  invoiceText,
  issuedAllText,
  pricesText,
  tenantBooksText,
} from "./billing-texts.ts";
import { CommandFailure, wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import { parametersOf } from "#services/console/command-options.ts";

const money: Command["explains"] = [
  ["--amount A", "a decimal number with the currency's own digits, such as 12.50"],
  ["--currency C", "ISO 4217; must be the tenant's (default: it is)"],
  ["--reason R", "in words, for the tenant to read"],
  ["--key K", "said twice with the same key it is entered once (default: a new one)"],
];

export const billingCommands: readonly Command[] = [
  {
    name: "prices",
    usage: "prices apply FILE [--dry-run] | list | show BOOK",
    does: "price books: what things cost from a moment on; once applied they never change",
    operands: ["verb", "subject"],
    mayLackLast: true,
    options: ["dry-run"],
    explains: [
      ["apply FILE", "issuers, accounts and books in YAML, as services/billing/README.md has them"],
      ["--dry-run", "change nothing: tell every problem, or what would be added"],
      ["list, show BOOK", "the books that were applied; one with its rates"],
    ],
    run: (call) => verbOf(call, priceVerbs),
  },
  {
    name: "invoice",
    usage: "invoice issue T|--all --period P | preview T --period P | show N | list | void N",
    does: "invoices of calendar months (UTC): issued once, numbered without gaps, never edited",
    operands: ["verb", "subject"],
    mayLackLast: true,
    options: [
      "period",
      "all",
      "force",
      "format",
      "tenant",
      "limit",
      "reason",
      "amount",
      "currency",
      "key",
    ],
    explains: [
      [
        "issue T --period 2026-11",
        "once the month is over; again it answers with the same invoice",
      ],
      ["issue --all", "for every tenant that owes something, those who have left too"],
      [
        "--force",
        "though requests of the month are not settled: they come late, on the next invoice",
      ],
      ["preview T", "what it would be now, the running month's too"],
      ["show N --format F", "json (as it was issued), csv, html or text (default)"],
      ["list --tenant T", "newest first; --limit N at most N (default 50)"],
      [
        "void N --reason R",
        "reversed by an entry; its period may be issued again, with a new number",
      ],
      ["write-off N", "so much of it will not be collected: --amount, --reason, --key"],
    ],
    run: (call) => verbOf(call, invoiceVerbs),
  },
  {
    name: "credit",
    usage: "credit grant|adjust|show TENANT",
    does: "a tenant's credits and entries: granted, used, disputed; only ever added to",
    operands: ["verb", "subject"],
    options: ["amount", "currency", "reason", "key", "expires", "invoice", "limit"],
    explains: [
      ["grant T", "pays for coming invoices; the credit that expires first pays first"],
      ["--expires WHEN", "a time, or from now: 90d; it pays for months that began before"],
      ["adjust T", "a line of the next invoice: more, or less with a minus (--amount=-5.00)"],
      ["show T", "balance, disputes and entries, newest first"],
      ...money,
    ],
    run: (call) => verbOf(call, creditVerbs),
  },
  {
    name: "dispute",
    usage: "dispute open TENANT --invoice N | resolve ENTRY",
    does: "what a tenant does not accept of an invoice; what it is granted is a credit",
    operands: ["verb", "subject"],
    options: ["amount", "currency", "reason", "key", "invoice", "line", "request"],
    explains: [
      [
        "open T --invoice N",
        "with --line L or --request ID, what it is about; at most what that cost",
      ],
      ["resolve ENTRY", "--amount 0: it stands; more: so much is credited, once"],
      ...money,
    ],
    run: (call) => verbOf(call, disputeVerbs),
  },
  {
    name: "export",
    usage: "export --format cloudevents|stripe --from TIME --to TIME [--after CURSOR]",
    does: "settled usage, one event a line; what comes late later is told as a correction",
    operands: [],
    options: ["format", "from", "to", "after"],
    explains: [
      [
        "--format F",
        "cloudevents: an event for each request; stripe: meter events for each minute",
      ],
      ["--from, --to", "whole minutes in it, at most 31 days; those of the last two minutes wait"],
      ["--after CURSOR", "go on where an export ended: it told its cursor on standard error"],
    ],
    run: exportUsage,
  },
];

type Verbs = Readonly<Record<string, Verb>>;

interface Verb {
  /** Whether it takes a subject. */
  readonly takes: "subject" | "nothing" | "either";
  readonly options: readonly string[];
  readonly run: (call: CommandCall, subject: string) => Promise<void>;
}

async function verbOf(call: CommandCall, verbs: Verbs): Promise<void> {
  const [name = "", subject = ""] = call.words;
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined)
    throw wrongOperand(`expected one of ${Object.keys(verbs).join(", ")}, not ${name}`);
  if (verb.takes !== "either" && (verb.takes === "subject") === (subject === "")) {
    throw wrongOperand(
      subject === "" ? `${name} needs to be told of what` : `${name} takes nothing more`,
    );
  }
  const foreign = Object.keys(call.options).find((option) => !verb.options.includes(option));
  if (foreign !== undefined) throw wrongOperand(`${name} has no option --${foreign}`);
  await verb.run(call, subject);
}

const path = encodeURIComponent;

function say(call: CommandCall, answer: unknown, text: string): void {
  call.terminal.print(call.isJson ? JSON.stringify(answer) : text);
}

const priceVerbs: Verbs = {
  apply: { takes: "subject", options: ["dry-run"], run: applyPrices },
  list: {
    takes: "nothing",
    options: [],
    run: async (call) => {
      const answer = await call.client.get("/admin/v1/prices");
      say(call, answer, booksText(answer as never));
    },
  },
  show: {
    takes: "subject",
    options: [],
    run: async (call, book) => {
      const answer = await call.client.get(`/admin/v1/prices/${path(book)}`);
      say(call, answer, bookText(answer as never));
    },
  },
};

async function applyPrices(call: CommandCall, file: string): Promise<void> {
  const body = await call.terminal.readFile(file).catch((error: unknown) => {
    throw new CommandFailure(cannotRead(file, error).message, { code: "unreadable_file" });
  });
  const to = `/admin/v1/prices${call.options["dry-run"] === undefined ? "" : "?dryRun=true"}`;
  const answer = await call.client
    .write("PUT", to, { contentType: "application/yaml", body })
    .catch((error: unknown) => {
      throw error instanceof CommandFailure ? error.of(file) : error;
    });
  say(call, answer, pricesText(answer as PricesApplied));
}

const invoiceVerbs: Verbs = {
  issue: {
    takes: "either",
    options: ["period", "all", "force"],
    run: (call, tenant) => {
      const isAll = call.options["all"] !== undefined;
      if (isAll !== (tenant === ""))
        throw wrongOperand(
          "expected: fairlead invoice issue TENANT --period P, or --all in place of a tenant",
        );
      return isAll ? issueAll(call) : issueOne(call, tenant);
    },
  },
  preview: {
    takes: "subject",
    options: ["period", "format"],
    run: async (call, tenant) => {
      await printInvoice(call, `/admin/v1/tenants/${path(tenant)}/invoice-preview`, {
        period: call.options["period"],
      });
    },
  },
  show: {
    takes: "subject",
    options: ["format"],
    run: (call, number) => printInvoice(call, `/admin/v1/invoices/${path(number)}`, {}),
  },
  list: {
    takes: "nothing",
    options: ["tenant", "limit"],
    run: async (call) => {
      const answer = await call.client.get(`/admin/v1/invoices${parametersOf(call.options)}`);
      say(call, answer, invoicesText(answer as never));
    },
  },
  void: {
    takes: "subject",
    options: ["reason"],
    run: (call, number) => enterAt(call, `/admin/v1/invoices/${path(number)}/void`, call.options),
  },
  "write-off": {
    takes: "subject",
    options: ["amount", "currency", "reason", "key"],
    run: (call, number) =>
      enterAt(call, `/admin/v1/invoices/${path(number)}/write-off`, keyed(call)),
  },
};

async function issueOne(call: CommandCall, tenant: string): Promise<void> {
  const { period, force } = call.options;
  const to = `/admin/v1/tenants/${path(tenant)}/invoices${parametersOf({ period, force })}`;
  const answer = await call.client.write("POST", to);
  const { isNew, invoice } = answer as {
    readonly isNew: Issued["isNew"];
    readonly invoice: InvoiceDocument;
  };
  const stood = isNew ? "" : "it was issued before; nothing was changed\n";
  say(call, answer, `${stood}${invoiceText(invoice)}`);
}

async function issueAll(call: CommandCall): Promise<void> {
  const { period, force } = call.options;
  const tenants: IssuedAll["tenants"][number][] = [];
  let after: string | undefined;
  do {
    const to = `/admin/v1/invoices${parametersOf({ period, force, after })}`;
    const answer = (await call.client.write("POST", to)) as IssuedAll;
    tenants.push(...answer.tenants);
    after = answer.next;
  } while (after !== undefined);
  say(call, { tenants }, issuedAllText(tenants));
}

async function printInvoice(
  call: CommandCall,
  from: string,
  parameters: Readonly<Partial<Record<string, string>>>,
): Promise<void> {
  const { format = "text" } = call.options;
  if (!["text", "json", "csv", "html"].includes(format))
    throw wrongOperand(`--format: expected text, json, csv or html, found ${format}`);
  if (format === "csv" || format === "html") {
    const text = await call.client.text(`${from}${parametersOf({ ...parameters, format })}`);
    call.terminal.print(text.trimEnd());
    return;
  }
  const text = await call.client.text(`${from}${parametersOf(parameters)}`);
  const isWhole = call.isJson || format === "json";
  call.terminal.print(isWhole ? text : invoiceText(JSON.parse(text) as InvoiceDocument));
}

const entryOptions = ["amount", "currency", "reason", "key", "expires", "invoice"];

const keyed = ({ options }: CommandCall): CommandCall["options"] => ({
  ...options,
  key: options["key"] ?? randomUUID(),
});

async function enterAt(
  call: CommandCall,
  to: string,
  given: CommandCall["options"],
): Promise<void> {
  const answer = await call.client.write("POST", `${to}${parametersOf(given)}`);
  say(call, answer, entryText(answer as BillingEntry));
}

const creditVerbs: Verbs = {
  grant: {
    takes: "subject",
    options: entryOptions,
    run: (call, tenant) => enterAt(call, `/admin/v1/tenants/${path(tenant)}/credits`, keyed(call)),
  },
  adjust: {
    takes: "subject",
    options: entryOptions.filter((option) => option !== "expires"),
    run: (call, tenant) =>
      enterAt(call, `/admin/v1/tenants/${path(tenant)}/adjustments`, keyed(call)),
  },
  show: {
    takes: "subject",
    options: ["limit"],
    run: async (call, tenant) => {
      const answer = await call.client.get(
        `/admin/v1/tenants/${path(tenant)}/billing${parametersOf(call.options)}`,
      );
      say(call, answer, tenantBooksText(answer as never));
    },
  },
};

const disputeVerbs: Verbs = {
  open: {
    takes: "subject",
    options: ["amount", "currency", "reason", "key", "invoice", "line", "request"],
    run: (call, tenant) => enterAt(call, `/admin/v1/tenants/${path(tenant)}/disputes`, keyed(call)),
  },
  resolve: {
    takes: "subject",
    options: ["amount", "reason"],
    run: (call, entry) => enterAt(call, `/admin/v1/disputes/${path(entry)}/resolve`, call.options),
  },
};

/** A page at a time, whatever there is. The cursor is told as an event's line is not: for the next export. */
async function exportUsage(call: CommandCall): Promise<void> {
  const { format, from, to, after = "" } = call.options;
  await call.client.write("POST", `/admin/v1/exports${parametersOf({ from, to })}`);
  const unmapped = new Set<string>();
  let cursor = after;
  for (let hasMore = true; hasMore;) {
    const page = (await call.client.get(
      `/admin/v1/exports${parametersOf({ format, after: cursor === "" ? undefined : cursor })}`,
    )) as ExportPage;
    for (const event of page.events) call.terminal.print(JSON.stringify(event));
    for (const tenant of page.unmapped) unmapped.add(tenant);
    ({ cursor, hasMore } = page);
  }
  if (unmapped.size > 0) {
    call.terminal.complain(
      `note: left out, because the price file's accounts name no stripeCustomer: ${[...unmapped].join(", ")}`,
    );
  }
  call.terminal.complain(`cursor ${cursor}`);
}
