// Whether a golden prompt's output is what it must be: by its text, by a regular expression in a bounded time, or by an evaluator
// that the operator configured. That it could not be judged is no right answer.

import { createContext, Script } from "node:vm";
import type { GoldenPrompt } from "#shared/model/rollout.ts";
import type { Evaluator } from "./evaluators.ts";

export interface OutputVerdict {
  readonly isRight: boolean;
  /** Empty: right. */
  readonly why: string;
}

const regexTimeoutMs = 100;
const shownMax = 80;

export async function judgeOutput(
  golden: GoldenPrompt,
  output: string,
  evaluator: Evaluator | undefined,
): Promise<OutputVerdict> {
  const { text, regex } = golden;
  if (text !== undefined && !output.includes(text)) {
    return wrong(`expected ${shown(text)}, came ${shown(output)}`);
  }
  if (regex !== undefined) {
    const found = matches(regex, output);
    if (found === undefined) return wrong(`the expression took more than ${regexTimeoutMs} ms`);
    if (!found) return wrong(`expected /${shown(regex)}/, came ${shown(output)}`);
  }
  return evaluator === undefined ? right : evaluator({ golden, output });
}

const right: OutputVerdict = { isRight: true, why: "" };
const wrong = (why: string): OutputVerdict => ({ isRight: false, why });

const shown = (text: string): string =>
  JSON.stringify(text.length > shownMax ? `${text.slice(0, shownMax)}…` : text);

// An expression can take for ever. In a script it is cut off, which nothing else here does.
const script = new Script("new RegExp(regex, 'u').test(output)");

function matches(regex: string, output: string): boolean | undefined {
  try {
    const found: unknown = script.runInContext(createContext({ regex, output }), {
      timeout: regexTimeoutMs,
    });
    return found === true;
  } catch {
    return undefined;
  }
}
