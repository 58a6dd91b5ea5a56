// What a llama-server says of a completion, read strictly: what is of another shape is another program's.

import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import { parseJson } from "#services/worker/engine/drivers/engine-call.ts";
import type { Token } from "#shared/model/tokenizer.ts";

export type CompletionEvent = Progress | OneToken | Final;

/** Of the prompt. */
export interface Progress {
  readonly kind: "progress";
  readonly cachedTokens: number;
  /** Cached ones included. */
  readonly doneTokens: number;
}

export interface OneToken {
  readonly kind: "token";
  readonly token: Token;
  /** Its own, and of those before it that ended inside a character. None: an end token, or one of no text of its own. */
  readonly text: string;
  /** Tokens of this call so far: of those inside a character that is cut off there is no event. */
  readonly predicted: number;
}

export interface Final {
  readonly kind: "final";
  readonly end: "eos" | "limit";
  /** Of a call that was no stream. */
  readonly tokens: readonly Token[];
  readonly predicted: number;
  readonly cachedTokens: number;
}

export function readEvent(data: string): CompletionEvent {
  return readCompletion(parseJson(data));
}

export function readCompletion(said: unknown): CompletionEvent {
  const fields = fieldsOf(said);
  if (fields["error"] !== undefined) {
    throw new EngineFault("broken", `it failed: ${JSON.stringify(fields["error"]).slice(0, 200)}`);
  }
  const predicted = count(fields["tokens_predicted"]);
  const tokens = tokenList(fields["tokens"]);
  if (fields["stop"] === true) {
    const end = fields["stop_type"];
    if (end !== "eos" && end !== "limit") throw malformed(`it stopped for ${String(end)}`);
    return {
      kind: "final",
      end,
      tokens,
      predicted,
      cachedTokens: count(fields["timings/cache_n"]),
    };
  }
  const progress = fields["prompt_progress"];
  if (progress !== undefined) {
    const { cache, processed } = fieldsOf(progress);
    return { kind: "progress", cachedTokens: count(cache), doneTokens: count(processed) };
  }
  const [token] = tokens;
  if (token === undefined || tokens.length > 1) throw malformed("an event of not one token");
  const text = fields["content"];
  if (typeof text !== "string") throw malformed("no text where it is due");
  return { kind: "token", token, text, predicted };
}

const malformed = (why: string): EngineFault => new EngineFault("malformed", why);

export function fieldsOf(said: unknown): Readonly<Record<string, unknown>> {
  if (typeof said !== "object" || said === null) throw malformed("no object where one is due");
  return said as Readonly<Record<string, unknown>>;
}

export function count(said: unknown): number {
  if (!Number.isSafeInteger(said) || (said as number) < 0)
    throw malformed("no count where one is due");
  return said as number;
}

const tokenMax = 0xffffffff;

function tokenList(said: unknown): readonly Token[] {
  const isList = Array.isArray(said) && said.every((id) => count(id) <= tokenMax);
  if (!isList) throw malformed("no tokens where they are due");
  return said as readonly Token[];
}
