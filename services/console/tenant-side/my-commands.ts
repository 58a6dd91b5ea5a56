// Commands about a tenant's own books, by its key: `my usage`, `my requests [ID]`, `my quotas`, `my invoices [NUMBER]`.

import { wrongOperand } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import type { OwnInvoice, OwnQuota, OwnRequest, OwnUsage } from "./my-texts.ts";
import {
  myInvoicesText,
  myQuotasText,
  myRequestText,
  myRequestsText,
  myUsageText,
} from "./my-texts.ts";

/** Of each, the options that it takes. */
const subjects = {
  usage: ["from", "to", "by", "step", "format"],
  requests: ["from", "to", "limit", "after", "format"],
  quotas: [],
  invoices: ["format"],
} as const;
type Subject = keyof typeof subjects;

export const myCommands: readonly Command[] = [
  {
    name: "my",
    usage: "my usage | requests [ID] | quotas | invoices [NUMBER]",
    does: "a tenant's own usage, request by request or summed, its quotas and invoices, by its key in FAIRLEAD_API_KEY",
    operands: ["subject", "id"],
    mayLackLast: true,
    options: ["from", "to", "by", "step", "limit", "after", "format", "url"],
    explains: [
      ["usage", "sums over time: --step minute, hour, day or month, --by model,adapter,class"],
      ["requests", "each as it is billed, newest first: --limit N (100), --after ID the next page"],
      ["requests ID", "one: the x-request-id of its response, or its completion's id"],
      ["--from, --to", "2026-01-31, 2026-01-31T12:00:00+02:00, epoch milliseconds, or so long"],
      ["", "ago: 30m, 24h, 7d (default: the last 24h)"],
      ["quotas", "what is used and left of each, and when it begins anew"],
      ["invoices", "those that were issued; with a NUMBER one of them"],
      ["--format F", "of usage and requests csv; of one invoice json, csv or html"],
      ["--url URL", "where tenants call (default FAIRLEAD_URL, else http://127.0.0.1 on"],
      ["", "FAIRLEAD_HTTP_PORT or 8080)"],
    ],
    run,
  },
];

async function run(call: CommandCall): Promise<void> {
  const [subject = "", id = ""] = call.words;
  if (!isSubject(subject)) {
    throw wrongOperand(`my knows ${Object.keys(subjects).join(", ")}, not ${subject}`);
  }
  if (id !== "" && subject !== "requests" && subject !== "invoices") {
    throw wrongOperand(`my ${subject} takes no name`);
  }
  const path = pathOf(subject, id, call);
  if (call.options["format"] !== undefined) {
    // As it is, to the byte: its last line has an end already, or needs none.
    call.terminal.print((await call.tenant.text(path)).replace(/\r?\n$/, ""));
    return;
  }
  const answer = await call.tenant.ask("GET", path);
  call.terminal.print(call.isJson ? JSON.stringify(answer) : textOf(subject, id, answer));
}

const isSubject = (word: string): word is Subject => Object.hasOwn(subjects, word);

const roots: Readonly<Record<Subject, string>> = {
  usage: "/v1/usage",
  requests: "/v1/usage/requests",
  quotas: "/v1/quotas",
  invoices: "/v1/invoices",
};

function pathOf(subject: Subject, id: string, { options }: CommandCall): string {
  const taken: readonly string[] = id === "" ? subjects[subject] : formatsOf[subject];
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options)) {
    if (name === "url" || value === undefined) continue;
    if (!taken.includes(name)) {
      throw wrongOperand(`my ${subject}${id === "" ? "" : " of one"} has no option --${name}`);
    }
    query.set(name, value);
  }
  const path = id === "" ? roots[subject] : `${roots[subject]}/${encodeURIComponent(id)}`;
  return query.size === 0 ? path : `${path}?${query.toString()}`;
}

/** What one of them may be asked with. */
const formatsOf: Readonly<Record<Subject, readonly string[]>> = {
  usage: [],
  requests: [],
  quotas: [],
  invoices: ["format"],
};

function textOf(subject: Subject, id: string, answer: unknown): string {
  switch (subject) {
    case "usage":
      return myUsageText(answer as OwnUsage);
    case "requests":
      return id === ""
        ? myRequestsText(answer as { readonly data: readonly OwnRequest[] })
        : myRequestText(answer as OwnRequest);
    case "quotas":
      return myQuotasText(answer as { readonly data: readonly OwnQuota[] });
    case "invoices":
      return id === ""
        ? myInvoicesText(answer as { readonly data: readonly OwnInvoice[] })
        : JSON.stringify(answer, undefined, 2);
    default:
      return subject satisfies never;
  }
}
