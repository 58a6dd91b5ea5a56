// Judges that the operator configured, by name: a command with its arguments, never through a shell, or a webhook. One golden
// prompt and its output go in as JSON, a verdict comes out as JSON; time and output are bounded, and what fails is no right answer.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { cannotRead } from "#shared/config/file-reason.ts";
import type { GoldenPrompt } from "#shared/model/rollout.ts";
import { z } from "zod";
import type { OutputVerdict } from "./judge-output.ts";

export interface Evaluation {
  readonly golden: GoldenPrompt;
  readonly output: string;
}

export type Evaluator = (evaluation: Evaluation) => Promise<OutputVerdict>;

const timeoutMs = z.int().min(100).max(25_000).default(10_000);
const configured = z.record(
  z.string().regex(/^[\w-]{1,63}$/),
  z.union([
    z.strictObject({ command: z.array(z.string().min(1)).min(1).max(64), timeoutMs }),
    z.strictObject({ webhook: z.url({ protocol: /^https?$/ }), timeoutMs }),
  ]),
);

const answered = z.object({ isRight: z.boolean(), why: z.string().max(4_096).default("") });

const answerBytesMax = 65_536;
const whyMax = 200;

/** `path`: a JSON file, `{ "NAME": { "command": ["PROGRAM", "ARGUMENT"] } | { "webhook": "https://…" } }`. Empty: none. */
export function readEvaluators(path: string): ReadonlyMap<string, Evaluator> {
  if (path === "") return new Map();
  const read = configured.safeParse(parse(path));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(
      `FAIRLEAD_EVALUATORS_FILE: ${path}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`,
    );
  }
  return new Map(
    Object.entries(read.data).map(([name, terms]) => [
      name,
      "command" in terms ? commandEvaluator(terms) : webhookEvaluator(terms),
    ]),
  );
}

function parse(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Error(`FAIRLEAD_EVALUATORS_FILE: ${cannotRead(path, error).message}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`FAIRLEAD_EVALUATORS_FILE: ${path} is no JSON: ${String(error)}`, {
      cause: error,
    });
  }
}

const failed = (why: string): OutputVerdict => ({
  isRight: false,
  why: `the evaluator failed: ${why.slice(0, whyMax)}`,
});

function verdictOf(text: string): OutputVerdict {
  try {
    const read = answered.safeParse(JSON.parse(text));
    if (!read.success) return failed('it did not say { "isRight": true or false, "why": … }');
    const { isRight, why } = read.data;
    return { isRight, why: why.slice(0, whyMax) };
  } catch {
    return failed("what it said is no JSON");
  }
}

const questionOf = ({ golden, output }: Evaluation): string =>
  JSON.stringify({ prompt: golden.prompt, output, text: golden.text, regex: golden.regex });

interface CommandTerms {
  readonly command: readonly string[];
  readonly timeoutMs: number;
}

const commandEvaluator =
  ({ command, timeoutMs: limitMs }: CommandTerms): Evaluator =>
  (evaluation) =>
    new Promise((resolve) => {
      const [program = "", ...words] = command;
      // Nothing of this process's environment but where programs are: keys are there, too.
      const environment = { PATH: process.env["PATH"] ?? "" };
      const child = spawn(program, words, {
        env: environment,
        stdio: ["pipe", "pipe", "ignore"],
        timeout: limitMs,
        killSignal: "SIGKILL",
      });
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        if (text.length > answerBytesMax) child.kill("SIGKILL");
      });
      // It may read nothing.
      child.stdin.on("error", () => {});
      child.stdin.end(questionOf(evaluation));
      child.once("error", (error) => resolve(failed(error.message)));
      child.once("close", (code, signal) => {
        if (text.length > answerBytesMax) resolve(failed("it said too much"));
        else if (signal !== null) resolve(failed(`it was ended after ${limitMs} ms`));
        else if (code !== 0) resolve(failed(`exit code ${code}`));
        else resolve(verdictOf(text));
      });
    });

interface WebhookTerms {
  readonly webhook: string;
  readonly timeoutMs: number;
}

const webhookEvaluator =
  ({ webhook, timeoutMs: limitMs }: WebhookTerms): Evaluator =>
  async (evaluation) => {
    try {
      const response = await fetch(webhook, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: questionOf(evaluation),
        redirect: "error",
        signal: AbortSignal.timeout(limitMs),
      });
      if (!response.ok) return failed(`status ${response.status}`);
      const text = await boundedText(response);
      return text === undefined ? failed("it said too much") : verdictOf(text);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  };

async function boundedText({ body }: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > answerBytesMax) return undefined;
  }
  return text;
}
