// The events of a vLLM stream, of its tokens API and of completions alike. Counted by ids, never by events: one may bring
// none or many; and checked against the server's own count, for ids have been lost on the way (#27482).

import { parseJson } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type {
  ReadEvent,
  Said,
  Wish,
} from "#services/worker/engine/drivers/batch-server/dialect.ts";
import type { Token } from "#shared/model/tokenizer.ts";

interface VllmEvent {
  readonly error?: unknown;
  readonly choices?: readonly VllmChoice[];
  readonly usage?: VllmUsage | null;
}

interface VllmChoice {
  readonly token_ids?: readonly number[] | null;
  readonly finish_reason?: string | null;
}

interface VllmUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
}

const tokenMax = 0xffffffff;

export function vllmReader({ ids }: Wish): ReadEvent {
  let counted = 0;
  return (data) => {
    const event = parseJson(data) as VllmEvent | null;
    if (event === null || typeof event !== "object") throw malformed("an event that is none");
    if (event.error !== undefined) {
      throw new EngineFault("broken", `it failed: ${JSON.stringify(event.error).slice(0, 200)}`);
    }
    const { usage, choices = [] } = event;
    const [choice] = choices;
    if (choice === undefined) return usage == null ? undefined : lastWord(usage);
    const tokens = tokensOf(choice);
    counted += tokens.length;
    checkUsage(usage, { promptTokens: ids.length, counted });
    return saidBy(choice, tokens);
  };
}

function saidBy({ finish_reason: reason }: VllmChoice, tokens: readonly Token[]): Said {
  switch (reason) {
    case null:
    case undefined:
      return { tokens };
    case "length":
      return { tokens, end: "length" };
    // No stop strings and no stop ids are sent: it stopped at its end-of-text token, which is the last of these ids.
    case "stop":
      return { tokens: tokens.slice(0, -1), end: "stop" };
    case "abort":
      return { tokens, end: "aborted" };
    default:
      throw malformed(`it finished for ${reason}`);
  }
}

/** After the last choice. That nothing is said of cached tokens means none. */
const lastWord = ({ prompt_tokens_details: details }: VllmUsage): Said => ({
  tokens: [],
  cachedTokens: details?.cached_tokens ?? 0,
});

function tokensOf({ token_ids: ids }: VllmChoice): readonly Token[] {
  if (!Array.isArray(ids)) throw malformed("an event without token ids");
  const isSound = ids.every((id) => Number.isSafeInteger(id) && id >= 0 && id <= tokenMax);
  if (!isSound) throw malformed("token ids that are none");
  return ids as readonly Token[];
}

function checkUsage(
  usage: VllmUsage | null | undefined,
  { promptTokens, counted }: { readonly promptTokens: number; readonly counted: number },
): void {
  if (usage == null) return;
  if (usage.prompt_tokens !== promptTokens) {
    throw malformed(`it counts ${usage.prompt_tokens} prompt tokens, and was sent ${promptTokens}`);
  }
  if (usage.completion_tokens !== counted) {
    throw malformed(`it counts ${usage.completion_tokens} output tokens, and sent ${counted}`);
  }
}

const malformed = (why: string): EngineFault => new EngineFault("malformed", why);
