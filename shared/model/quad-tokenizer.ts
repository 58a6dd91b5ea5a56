// The quad tokenizer of the simulated models: four UTF-8 bytes are one token, its id their little-endian
// uint32, the last token padded with zero bytes. Lossless, needs no table, and close to the four characters
// a token that real tokenizers average on English. Anyone can recompute a count: ceil(bytes / 4).

import { chatTemplate } from "./chat-template.ts";
import type { Token, Tokenizer, Vocabularies, Vocabulary } from "./tokenizer.ts";
import { bytesPerToken } from "./tokenizer.ts";

const none: ReadonlySet<Token> = new Set();

/** Every id has a meaning, none a special one: a simulated engine says itself where its output ends. */
export const quadVocabulary: Vocabulary = {
  name: "quad",
  wholeText: asciiText,
  tokenBytesMax: bytesPerToken,
  appendBytes(token, bytes) {
    for (let shift = 0; shift < 32; shift += 8) {
      const byte = (token >>> shift) & 0xff;
      if (byte !== 0) bytes.push(byte);
    }
  },
  specialIds: none,
  endIds: none,
  // Too many to be listed, and no engine that has these tokens needs the list.
  partialIds: [],
};

/** Of a process all of whose models are simulated. */
export const onlyQuad: Vocabularies = (name) =>
  name === quadVocabulary.name ? quadVocabulary : undefined;

/** The ids' bytes are the text's own, so a prompt is its text: the last token's padding is left out. */
const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf8");

export const quadTokenizer: Tokenizer = {
  vocabulary: quadVocabulary,
  encode(text) {
    const bytes = bytesOf(text);
    const tokens = new Uint32Array(Math.ceil(bytes.length / bytesPerToken));
    for (const [at, byte] of bytes.entries()) {
      const index = at >>> 2;
      tokens[index] = (tokens[index] ?? 0) | (byte << ((at & 3) * 8));
    }
    return [...tokens];
  },
  textPrompt: bytesOf,
  chatPrompt: (messages) => bytesOf(chatTemplate(messages)),
};

// The usual case on the hot path: every byte ASCII and none of them padding.
function asciiText(tokens: readonly Token[]): string | undefined {
  let text = "";
  for (const token of tokens) {
    const isPlain = (token & 0x80808080) === 0 && hasNoZeroByte(token);
    if (!isPlain) return undefined;
    text += String.fromCharCode(
      token & 0xff,
      (token >>> 8) & 0xff,
      (token >>> 16) & 0xff,
      token >>> 24,
    );
  }
  return text;
}

const hasNoZeroByte = (token: Token): boolean =>
  (token & 0xff) !== 0 &&
  (token & 0xff00) !== 0 &&
  (token & 0xff0000) !== 0 &&
  (token & 0xff000000) !== 0;
