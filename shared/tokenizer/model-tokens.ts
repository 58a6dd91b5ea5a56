// What every kind of tokenizer file is read into, and the tokenizer that follows from it. Law: a special token is made only of
// what the model's template itself says. Clients' text goes through the template with stand-ins for the characters
// that special tokens begin with, so nothing that a template does to it can make one.

import type { ChatLine, NoPrompt, Token, Tokenizer, Vocabulary } from "#shared/model/tokenizer.ts";
import { bytesPerToken } from "#shared/model/tokenizer.ts";
import { cutter } from "./cut-text.ts";
import { standIns } from "./stand-ins.ts";

export interface SpecialToken {
  readonly text: string;
  readonly id: Token;
  /** White space before it, or behind it, is part of it. */
  readonly trimsBefore?: boolean;
  readonly trimsAfter?: boolean;
}

export interface ModelTokens {
  readonly vocabulary: Vocabulary;
  readonly specials: readonly SpecialToken[];
  /** Text that stands between special tokens; never gives one. `isFirst`: nothing stands before it. */
  encodeFragment(text: string, isFirst: boolean): readonly Token[];
  /** Around a plain prompt. */
  readonly before: readonly Token[];
  readonly after: readonly Token[];
  /** Before a chat whose template has not written it. */
  readonly beforeChat: readonly Token[];
  /** Absent: the model takes no chats. Throws what the model's author has to say against them. */
  readonly renderChat?: (messages: readonly ChatLine[]) => string;
}

export function modelTokenizer(model: ModelTokens): Tokenizer {
  const { vocabulary, specials, before, after } = model;
  const findSpecials = cutter(new Map(specials.map((special) => [special.text, special])));
  const standInsFor = standIns(specials.map(({ text }) => text));
  const encode = (text: string): readonly Token[] =>
    text === "" ? [] : model.encodeFragment(text.toWellFormed(), true);
  return {
    vocabulary,
    encode,
    exceeds: (text, tokensMax) => exceeds(encode, text, tokensMax),
    textPrompt: (text) => tokenBytes([...before, ...encode(text), ...after]),
    chatPrompt(messages) {
      if (model.renderChat === undefined) return noTemplate;
      const veil = standInsFor(messages.map(({ text }) => text));
      if (veil === undefined) return noStandIns;
      const veiled = messages.map(({ role, text }) => ({ role, text: veil.cover(text) }));
      let rendered: string;
      try {
        rendered = model.renderChat(veiled);
      } catch (error) {
        return { why: `The model's chat template refuses these messages: ${reasonOf(error)}` };
      }
      return tokenBytes(
        withBeginning(model.beforeChat, encodeParts(model, findSpecials(rendered), veil.uncover)),
      );
    },
  };
}

/** A text of fewer characters a token is counted as a whole: its cost is the context's own. */
const charactersPerToken = 8;
const probeCharacters = 16_384;
/** A cut through a text makes a few tokens more than there are. */
const cutTokens = 16;

function exceeds(
  encode: (text: string) => readonly Token[],
  text: string,
  tokensMax: number,
): boolean {
  if (text.length <= tokensMax * charactersPerToken) return false;
  let tokens = 0;
  for (let at = 0; at < text.length; at += probeCharacters) {
    tokens += encode(text.slice(at, at + probeCharacters)).length - cutTokens;
    if (tokens > tokensMax) return true;
  }
  return false;
}

const noTemplate: NoPrompt = {
  why: "The model has no chat template: ask it by `prompt`, at /v1/completions.",
};

const noStandIns: NoPrompt = {
  why: "The messages use up the private use characters of Unicode's last plane.",
};

const reasonMax = 200;
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, reasonMax);

type Part = string | SpecialToken;

function encodeParts(
  model: ModelTokens,
  parts: readonly Part[],
  uncover: (text: string) => string,
): readonly Token[] {
  return parts.flatMap((part, index) => {
    if (typeof part !== "string") return [part.id];
    const text = uncover(trimmed(part, parts[index - 1], parts[index + 1])).toWellFormed();
    return text === "" ? [] : model.encodeFragment(text, index === 0);
  });
}

function trimmed(text: string, left: Part | undefined, right: Part | undefined): string {
  const begun = typeof left === "object" && left.trimsAfter === true ? text.trimStart() : text;
  return typeof right === "object" && right.trimsBefore === true ? begun.trimEnd() : begun;
}

function withBeginning(beginning: readonly Token[], tokens: readonly Token[]): readonly Token[] {
  const isThere = beginning.every((token, index) => tokens[index] === token);
  return isThere ? tokens : [...beginning, ...tokens];
}

/** Little-endian, whatever the machine's own order is. */
export function tokenBytes(tokens: readonly Token[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(tokens.length * bytesPerToken);
  let at = 0;
  for (const token of tokens) at = bytes.writeUInt32LE(token, at);
  return bytes;
}
