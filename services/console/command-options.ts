// A command's options on their way into a question: those that this form of the command does not know are refused, the others
// are the query.

import { wrongOperand } from "./command-failure.ts";
import type { CommandCall } from "./commands.ts";

/** `form`: as it is told, `audit verify`. */
export function refuseOptions(
  { options }: Pick<CommandCall, "options">,
  form: string,
  foreign: readonly string[],
): void {
  const given = foreign.find((option) => options[option] !== undefined);
  if (given !== undefined) throw wrongOperand(`${form} has no option --${given}`);
}

/** With its question mark; empty if nothing is given. */
export function parametersOf(given: Readonly<Partial<Record<string, string>>>): string {
  const some = Object.entries(given).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return some.length === 0 ? "" : `?${new URLSearchParams(some).toString()}`;
}
