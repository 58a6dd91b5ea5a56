// From the words of a command line to one command and its outcome. Exit codes: 0 done, 1 the platform says no or is
// not there, 2 the command line is wrong; a command may have one of its own.

import { parseArgs } from "node:util";
import { adminClient } from "./admin-client.ts";
import { CommandFailure } from "./command-failure.ts";
import type { Command, CommandCall, Terminal } from "./commands.ts";
import { tenantClient } from "./tenant-side/tenant-client.ts";
import { commands } from "./commands.ts";

export interface CommandLineSetting extends Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const options = {
  admin: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  tenant: { type: "string" },
  request: { type: "string" },
  since: { type: "string" },
  limit: { type: "string" },
  patience: { type: "string" },
  force: { type: "boolean" },
  "no-wait": { type: "boolean" },
  pool: { type: "string" },
  workers: { type: "string" },
  name: { type: "string" },
  base: { type: "string" },
  alpha: { type: "string" },
  url: { type: "string" },
  actor: { type: "string" },
  action: { type: "string" },
  head: { type: "string" },
  file: { type: "string", short: "f" },
  "dry-run": { type: "boolean" },
  expires: { type: "string" },
  models: { type: "string" },
  scopes: { type: "string" },
  overlap: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  by: { type: "string" },
  step: { type: "string" },
  after: { type: "string" },
  format: { type: "string" },
  repair: { type: "boolean" },
  report: { type: "string" },
  shadow: { type: "string" },
  steps: { type: "string" },
  dwell: { type: "string" },
  samples: { type: "string" },
  golden: { type: "string" },
  evaluator: { type: "string" },
  slower: { type: "string" },
  period: { type: "string" },
  all: { type: "boolean" },
  amount: { type: "string" },
  currency: { type: "string" },
  reason: { type: "string" },
  key: { type: "string" },
  invoice: { type: "string" },
  line: { type: "string" },
  until: { type: "string" },
  top: { type: "string" },
  model: { type: "string" },
  adapter: { type: "string" },
  class: { type: "string" },
  tier: { type: "string" },
  csv: { type: "boolean" },
  rebuild: { type: "boolean" },
} as const;

/** Options that every command takes. */
const everywhere: readonly string[] = ["admin", "json", "help"];

/** The command line itself is wrong. */
class UsageError extends Error {}

export async function runCommandLine(
  words: readonly string[],
  setting: CommandLineSetting,
): Promise<number> {
  try {
    return await run(words, setting);
  } catch (error) {
    const failed = failureOf(error);
    if (failed === undefined) throw error;
    if (words.includes("--json")) setting.print(JSON.stringify({ error: failed.error }));
    else setting.complain(`fairlead: ${failed.text}`);
    return failed.exitCode;
  }
}

interface Failed {
  readonly exitCode: 1 | 2;
  readonly text: string;
  readonly error: Readonly<Record<string, unknown>>;
}

function failureOf(error: unknown): Failed | undefined {
  if (error instanceof UsageError) return wrongCommandLine(error.message);
  if (!(error instanceof CommandFailure)) return undefined;
  // The admin API judges the values of options, which have its parameters' names.
  if (error.code === "bad_parameter") return wrongCommandLine(`--${error.message}`);
  if (error.code === "wrong_operand") return wrongCommandLine(error.message);
  return { exitCode: 1, text: error.text(), error: error.error() };
}

const wrongCommandLine = (message: string): Failed => ({
  exitCode: 2,
  text: `${message}\nTry: fairlead --help`,
  error: { code: "wrong_command_line", message },
});

async function run(words: readonly string[], setting: CommandLineSetting): Promise<number> {
  const { values, positionals } = parse(words);
  const [name, ...rest] = positionals;
  if (name === undefined || name === "help") {
    if (name === undefined && values.help !== true) throw new UsageError("no command was given");
    setting.print(overview());
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined) throw new UsageError(`there is no command ${JSON.stringify(name)}`);
  if (values.help === true) {
    setting.print(helpOf(command));
    return 0;
  }
  refuseForeignOptions(command, Object.keys(values));
  const { json = false, admin, help: _, ...given } = values;
  const code = await command.run({
    client: adminClient(adminUrl(admin, setting.environment)),
    tenant: tenantClient(given.url, setting.environment),
    terminal: setting,
    ...operandsOf(command, rest),
    options: textsOf(given),
    isJson: json,
  });
  return code ?? 0;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** As the admin API's parameters: a flag that is set is `true`. */
const textsOf = (given: Readonly<Record<string, string | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]));

/** `drain worker W` and `drain W` are the same; `drain zone Z` is not. */
function operandsOf(
  command: Command,
  given: readonly string[],
): Pick<CommandCall, "words" | "family"> {
  const { operands, families, usage } = command;
  if (isEnough(command, given)) return { words: given };
  if (given.length === fewestOperands(command)) return { words: given };
  const [first = ""] = given;
  const isNamed =
    given.length > operands.length && (families ?? operands.slice(0, 1)).includes(first);
  const words = isNamed ? given.slice(1) : given;
  if (words.length === operands.length && words.every((word) => word !== "")) {
    const family = isNamed ? first : families?.[0];
    return { words, ...(family === undefined ? {} : { family }) };
  }
  throw new UsageError(`expected: fairlead ${usage}`);
}

/** Some may be missing, and it says itself which. */
const isEnough = ({ operandsMin, operands }: Command, given: readonly string[]): boolean =>
  operandsMin !== undefined &&
  given.length >= operandsMin &&
  given.length <= operands.length &&
  !given.includes("");

/** Undefined: none may be missing. */
function fewestOperands({ operands, needsNoOperand, mayLackLast }: Command): number | undefined {
  if (needsNoOperand === true) return 0;
  return mayLackLast === true ? operands.length - 1 : undefined;
}

function refuseForeignOptions({ name, options: own }: Command, given: readonly string[]): void {
  const foreign = given.find((option) => !own.includes(option) && !everywhere.includes(option));
  if (foreign !== undefined) throw new UsageError(`${name} has no option --${foreign}`);
}

function adminUrl(
  given: string | undefined,
  environment: CommandLineSetting["environment"],
): string {
  const port = environment["FAIRLEAD_ADMIN_PORT"] || "8082";
  const text = given ?? environment["FAIRLEAD_ADMIN_URL"] ?? `http://127.0.0.1:${port}`;
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `${JSON.stringify(text)} is not the URL of an admin API, such as http://127.0.0.1:8082`,
    );
  }
  return url.origin;
}

function helpOf({ usage, does, explains }: Command): string {
  const width = Math.max(...explains.map(([word]) => word.length));
  const lines = explains.map(([word, meaning]) => `  ${word.padEnd(width)}  ${meaning}`);
  return [`fairlead ${usage}`, "", does, ...(lines.length === 0 ? [] : ["", ...lines])].join("\n");
}

function overview(): string {
  const width = Math.max(...commands.map(({ usage }) => usage.length));
  const lines = commands.map(({ usage, does }) => `  ${usage.padEnd(width)}  ${does}`);
  return [
    "fairlead: what the platform is doing, and the few things an operator may tell it",
    "",
    ...lines,
    "",
    "  --json       print the admin API's own answer as one line, errors too",
    "  --admin URL  where the admin API is (default FAIRLEAD_ADMIN_URL, else http://127.0.0.1 on",
    "               FAIRLEAD_ADMIN_PORT or 8082); of a local fleet, npm run cluster -- up prints it",
    "  --help       this text, or that of one command",
  ].join("\n");
}
