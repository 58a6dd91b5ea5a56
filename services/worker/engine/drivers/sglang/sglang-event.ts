// The events of a SGLang stream. By default each repeats all that went before (#7594): here they must not, and each is held
// to that by the server's own count; and what comes must be output alone (#17240).

import { parseJson } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault } from "#services/worker/engine/drivers/engine-fault.ts";
import type {
  ReadEvent,
  Said,
  Wish,
} from "#services/worker/engine/drivers/batch-server/dialect.ts";
import type { Token } from "#shared/model/tokenizer.ts";

interface SglangEvent {
  readonly error?: { readonly message?: unknown };
  readonly output_ids?: readonly number[];
  readonly meta_info?: SglangMeta;
}

interface SglangMeta {
  readonly id?: string;
  readonly finish_reason?: SglangReason | null;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly cached_tokens?: number;
}

interface SglangReason {
  readonly type?: string;
  readonly matched?: unknown;
  readonly message?: string;
}

const tokenMax = 0xffffffff;

export function sglangReader({ id, ids }: Wish): ReadEvent {
  let counted = 0;
  return (data) => {
    const event = parseJson(data) as SglangEvent | null;
    if (event === null || typeof event !== "object") throw malformed("an event that is none");
    if (event.error !== undefined) throw refusal(event.error.message);
    const { meta_info: meta } = event;
    if (meta === undefined) throw malformed("an event without meta_info");
    if (meta.id !== id) throw malformed("an event of another request");
    const { finish_reason: reason } = meta;
    const tokens = reason?.type === "abort" ? [] : tokensOf(event);
    if (reason?.type !== "abort") {
      counted += tokens.length;
      checkCounts(meta, { promptTokens: ids.length, counted });
    }
    return saidBy(reason, { tokens, cachedTokens: meta.cached_tokens });
  };
}

function saidBy(
  reason: SglangReason | null | undefined,
  { tokens, cachedTokens }: { readonly tokens: readonly Token[]; readonly cachedTokens: unknown },
): Said {
  const cached = Number.isSafeInteger(cachedTokens) ? { cachedTokens: cachedTokens as number } : {};
  switch (reason?.type) {
    case undefined:
      return { tokens, ...cached };
    case "length":
      return { tokens, ...cached, end: "length" };
    case "stop": {
      // The end-of-text token that it matched is the last of these ids.
      const isMatched = tokens.at(-1) === reason?.matched;
      return { tokens: isMatched ? tokens.slice(0, -1) : tokens, ...cached, end: "stop" };
    }
    case "abort":
      return { tokens: [], end: "aborted" };
    default:
      throw malformed(`it finished for ${reason?.type}`);
  }
}

function tokensOf({ output_ids: ids }: SglangEvent): readonly Token[] {
  if (!Array.isArray(ids)) throw malformed("an event without output_ids");
  const isSound = ids.every((id) => Number.isSafeInteger(id) && id >= 0 && id <= tokenMax);
  if (!isSound) throw malformed("token ids that are none");
  return ids as readonly Token[];
}

function checkCounts(
  { prompt_tokens: prompt, completion_tokens: completion }: SglangMeta,
  { promptTokens, counted }: { readonly promptTokens: number; readonly counted: number },
): void {
  if (prompt !== promptTokens) {
    throw malformed(`it counts ${prompt} prompt tokens, and was sent ${promptTokens}`);
  }
  if (completion !== counted) {
    throw malformed(
      `it counts ${completion} output tokens, and sent ${counted}: start it with --incremental-streaming-output`,
    );
  }
}

/** The status was out before it found what is wrong. */
function refusal(message: unknown): EngineFault {
  const body = String(message).slice(0, 200);
  const status = body.includes("LoRA adapters are not loaded") ? 404 : 400;
  return new EngineFault("status", `it refused: ${body}`, { status, body });
}

const malformed = (why: string): EngineFault => new EngineFault("malformed", why);
