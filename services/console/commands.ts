// What an operator can ask and tell: each command asks the admin API once and prints the answer.

import type { AdminClient } from "./admin-client.ts";
import { CommandFailure } from "./command-failure.ts";
import {
  explainText,
  poolsText,
  requestsText,
  tenantsText,
  usageText,
  workersText,
} from "./command-texts.ts";

export interface Terminal {
  readonly print: (line: string) => void;
  readonly readFile: (path: string) => Promise<string>;
}

export interface CommandCall {
  readonly client: AdminClient;
  readonly terminal: Terminal;
  /** One per operand. */
  readonly words: readonly string[];
  readonly options: Readonly<Partial<Record<string, string>>>;
  readonly isJson: boolean;
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly does: string;
  readonly operands: readonly string[];
  readonly options: readonly string[];
  readonly run: (call: CommandCall) => Promise<void>;
}

export const commands: readonly Command[] = [
  {
    name: "explain",
    usage: "explain ID",
    does: "the story of a recent request: each stage, where it waited and why",
    operands: ["request"],
    options: [],
    run: (call) => show(call, `/admin/v1/requests/${path(call.words[0])}`, explainText),
  },
  {
    name: "requests",
    usage: "requests [--tenant T] [--limit N]",
    does: "recent requests, newest first",
    operands: [],
    options: ["tenant", "limit"],
    run: (call) => show(call, `/admin/v1/requests${parameters(call)}`, requestsText),
  },
  {
    name: "tenants",
    usage: "tenants",
    does: "what each tenant has waiting and running, and what is left of its limits",
    operands: [],
    options: [],
    run: (call) => show(call, "/admin/v1/tenants", tenantsText),
  },
  {
    name: "workers",
    usage: "workers",
    does: "each worker's state, sequences, KV blocks and adapters",
    operands: [],
    options: [],
    run: (call) => show(call, "/admin/v1/workers", workersText),
  },
  {
    name: "pools",
    usage: "pools",
    does: "each pool's owner epoch, offers, places and virtual time",
    operands: [],
    options: [],
    run: (call) => show(call, "/admin/v1/pools", poolsText),
  },
  {
    name: "usage",
    usage: "usage [--tenant T] [--request ID] [--since TIME] [--limit N]",
    does: "settled and open usage records, and the tenant's totals",
    operands: [],
    options: ["tenant", "request", "since", "limit"],
    run: (call) => show(call, `/admin/v1/usage${parameters(call)}`, usageText),
  },
  {
    name: "drain",
    usage: "drain worker W [--patience 60s]",
    does: "no new work, let what runs end in time, move the rest elsewhere",
    operands: ["worker"],
    options: ["patience"],
    run: (call) =>
      tell(
        call,
        `drain${parameters(call)}`,
        (worker) => `${worker} drains; watch it with: fairlead workers`,
      ),
  },
  {
    name: "cordon",
    usage: "cordon W",
    does: "no new work for this worker; what runs goes on",
    operands: ["worker"],
    options: [],
    run: (call) => tell(call, "cordon", (worker) => `${worker} takes no new work`),
  },
  {
    name: "uncordon",
    usage: "uncordon W",
    does: "new work again for this worker",
    operands: ["worker"],
    options: [],
    run: (call) => tell(call, "uncordon", (worker) => `${worker} takes new work again`),
  },
  {
    name: "apply",
    usage: "apply FILE",
    does: "make a fleet file the desired state; FILE - reads standard input",
    operands: ["file"],
    options: [],
    run: apply,
  },
];

async function show(
  call: CommandCall,
  from: string,
  tellIt: (answer: never) => string,
): Promise<void> {
  const answer = await call.client.get(from);
  // The admin API of the same version answers with what the text expects.
  call.terminal.print(call.isJson ? JSON.stringify(answer, null, 2) : tellIt(answer as never));
}

async function tell(
  call: CommandCall,
  command: string,
  done: (worker: string) => string,
): Promise<void> {
  const [worker = ""] = call.words;
  const answer = await call.client.write("POST", `/admin/v1/workers/${path(worker)}/${command}`);
  call.terminal.print(call.isJson ? JSON.stringify(answer, null, 2) : done(worker));
}

async function apply(call: CommandCall): Promise<void> {
  const [file = ""] = call.words;
  const text = await call.terminal.readFile(file).catch((error: unknown) => {
    throw new CommandFailure(error instanceof Error ? error.message : String(error));
  });
  const answer = (await call.client
    .write("PUT", "/admin/v1/fleet", { contentType: "application/yaml", body: text })
    .catch((error: unknown) => {
      throw withProblems(error, file);
    })) as { readonly version: number; readonly isChanged: boolean };
  call.terminal.print(
    call.isJson
      ? JSON.stringify(answer, null, 2)
      : answer.isChanged
        ? `fleet version ${answer.version} is in force`
        : `nothing differs from fleet version ${answer.version}`,
  );
}

function withProblems(error: unknown, file: string): unknown {
  if (!(error instanceof CommandFailure) || error.problems.length === 0) return error;
  const lines = error.problems.map(
    ({ line, path: where, problem }) =>
      `${file}:${line}: ${where === "" ? "" : `${where}: `}${problem}`,
  );
  return new CommandFailure([error.message, ...lines].join("\n"), error.problems);
}

const path = (word: string = ""): string => encodeURIComponent(word);

function parameters({ options }: CommandCall): string {
  const given = Object.entries(options).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
}
