// Commands about one tenant.

import { CommandFailure } from "#services/console/command-failure.ts";
import type { Command, CommandCall } from "#services/console/commands.ts";
import type { QuotaTold, StandingTerms } from "./tenant-routes.ts";
import { textTable } from "#services/console/text-table.ts";

export const tenantCommands: readonly Command[] = [
  {
    name: "throttle",
    usage: "throttle TENANT PERCENT",
    does: "slow a tenant down to so many percent of what it pays for, at once; usage stays counted",
    operands: ["tenant", "percent"],
    options: [],
    explains: [
      ["TENANT", "a tenant's id, as in: fairlead tenants"],
      ["PERCENT", "1% to 100%; 100% takes a throttle back, as unthrottle does"],
      ["", "scales weight, requests and tokens per minute and concurrency, each to at least 1;"],
      ["", "a fleet file neither sets nor lifts it, and it outlives restarts"],
    ],
    run: (call) => throttle(call, call.words[1]),
  },
  {
    name: "unthrottle",
    usage: "unthrottle TENANT",
    does: "take a tenant's throttle back",
    operands: ["tenant"],
    options: [],
    explains: [["TENANT", "a tenant's id, as in: fairlead tenants"]],
    run: (call) => throttle(call, "100%"),
  },
  {
    name: "quota",
    usage: "quota TENANT",
    does: "what a tenant has used of each of its quotas, what is left, and when a new window begins",
    operands: ["tenant"],
    options: [],
    explains: [
      ["TENANT", "a tenant's id, as in: fairlead tenants"],
      ["USED", "in the window that stands: an hour, a day, a week from Monday or a month, all UTC"],
      ["HELD", "what requests that are not over may use besides; what they do not comes back"],
      ["ALERTS", "percentages that were told of in this window, by event and webhook"],
    ],
    run: quota,
  },
];

interface QuotaAnswer {
  readonly quotas: readonly QuotaTold[];
}

async function quota(call: CommandCall): Promise<void> {
  const [tenant = ""] = call.words;
  const answer = await call.client.get(`/admin/v1/tenants/${encodeURIComponent(tenant)}/quota`);
  call.terminal.print(
    call.isJson ? JSON.stringify(answer) : quotaText(tenant, answer as QuotaAnswer),
  );
}

function quotaText(tenant: string, { quotas }: QuotaAnswer): string {
  if (quotas.length === 0) return `${tenant} has no quota`;
  return textTable(
    ["QUOTA", "WINDOW", "LIMIT", "USED", "HELD", "LEFT", "%", "RESETS AT", "ALERTS"],
    quotas.map((each) => [
      each.name,
      each.window ?? "(not asked for yet)",
      each.limit,
      each.used ?? "",
      each.held ?? "",
      each.left ?? "",
      each.usedPercent ?? "",
      each.resetsAt ?? "",
      each.alerts.join(","),
    ]),
  );
}

interface ThrottleAnswer {
  readonly version: number;
  readonly isChanged: boolean;
  /** What the throttle scales, as it stands now. Absent: the tenant has been taken out meanwhile. */
  readonly standing?: StandingTerms;
}

async function throttle(call: CommandCall, given: string = ""): Promise<void> {
  const [tenant = ""] = call.words;
  const percent = /^(\d{1,3})%?$/.exec(given)?.[1] ?? "";
  if (Number(percent) < 1 || Number(percent) > 100) {
    throw new CommandFailure(`expected a percentage from 1% to 100%, found ${given}`, {
      code: "wrong_operand",
    });
  }
  const path = `/admin/v1/tenants/${encodeURIComponent(tenant)}/throttle?percent=${Number(percent)}`;
  const answer = (await call.client.write("POST", path)) as ThrottleAnswer;
  const done =
    Number(percent) === 100
      ? `${tenant} is not throttled`
      : `${tenant} is throttled to ${Number(percent)} %`;
  const { isChanged, version, standing } = answer;
  const terms = standing === undefined ? "" : `: ${standingText(standing)}`;
  const text = `${done}${isChanged ? "" : " already"}${terms} (fleet version ${version})`;
  call.terminal.print(call.isJson ? JSON.stringify(answer) : text);
}

const standingText = (terms: StandingTerms): string =>
  [
    `weight ${terms.weight}`,
    `${terms.requestsPerMinute} requests and ${terms.tokensPerMinute} tokens a minute`,
    `${terms.concurrencyMax} at once`,
  ].join(", ");
