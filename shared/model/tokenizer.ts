// The tokenizer of a model as a port: text to ids before an engine, ids to text behind it. A token is an id of the model's
// vocabulary; a prompt travels as its ids in little-endian order, four bytes each, so that its digest, its prefix keys
// and its blocks are the same bytes everywhere.

/** A token's id: an unsigned 32-bit integer. */
export type Token = number;

export const bytesPerToken = 4;

export function tokenCount(promptBytes: Uint8Array): number {
  return Math.ceil(promptBytes.length / bytesPerToken);
}

/** What the ids of one model mean. Who has only ids to read needs no more. */
export interface Vocabulary {
  /** `quad`, or the SHA-256 of what it was read from: equal names have equal tokens. */
  readonly name: string;
  /** Text of tokens that are whole characters each. Undefined: some are not, and the bytes decide. */
  wholeText(tokens: readonly Token[]): string | undefined;
  /** Of the longest token. */
  readonly tokenBytesMax: number;
  /** A control token has no bytes, and an id that nobody knows has none. */
  appendBytes(token: Token, bytes: number[]): void;
  /** Tokens of text that are not whole characters: theirs begins or ends in others. */
  readonly partialIds: readonly Token[];
  /** Control tokens: never made of a client's text, never shown. */
  readonly specialIds: ReadonlySet<Token>;
  /** Those that end the output. */
  readonly endIds: ReadonlySet<Token>;
}

/** The vocabularies of one process by their names. */
export type Vocabularies = (name: string) => Vocabulary | undefined;

export interface ChatLine {
  readonly role: string;
  readonly text: string;
}

/** The model cannot be asked so: its template says why, or it has none. */
export interface NoPrompt {
  readonly why: string;
}

export interface Tokenizer {
  readonly vocabulary: Vocabulary;
  /** No special token, whatever the text says. */
  encode(text: string): readonly Token[];
  /** True: the text certainly has more tokens. Costs what so many tokens cost, however long the text is. Absent: counting is free. */
  exceeds?(text: string, tokensMax: number): boolean;
  /** Ids as bytes, with what the model's prompts begin and end with. */
  textPrompt(text: string): Uint8Array;
  /** The same of a chat, through the model's template. Only the template's own text becomes special tokens. */
  chatPrompt(messages: readonly ChatLine[]): Uint8Array | NoPrompt;
}

/** Bytes of an unfinished UTF-8 character, held back until its rest arrives. At most three. */
export interface Detokenizer {
  readonly vocabulary: Vocabulary;
  heldBack: number[];
}

export const startDetokenizer = (vocabulary: Vocabulary): Detokenizer => ({
  vocabulary,
  heldBack: [],
});

// Without `ignoreBOM` a U+FEFF would be lost wherever a frame happens to begin with it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The text that these tokens complete. Never splits a character; invalid bytes become U+FFFD. */
export function detokenize(detokenizer: Detokenizer, tokens: readonly Token[]): string {
  const { vocabulary, heldBack } = detokenizer;
  if (heldBack.length === 0) {
    const text = vocabulary.wholeText(tokens);
    if (text !== undefined) return text;
  }
  const bytes = [...heldBack];
  for (const token of tokens) vocabulary.appendBytes(token, bytes);
  const complete = completeLength(bytes);
  detokenizer.heldBack = bytes.slice(complete);
  return decoder.decode(Uint8Array.from(bytes.slice(0, complete)));
}

/** What is left at the end of an output: an unfinished character, as U+FFFD. */
export function flushDetokenizer(detokenizer: Detokenizer): string {
  const rest = decoder.decode(Uint8Array.from(detokenizer.heldBack));
  detokenizer.heldBack = [];
  return rest;
}

/** How many leading bytes hold only whole characters (or bytes that can never become one). */
function completeLength(bytes: readonly number[]): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const lead = bytes[bytes.length - back] ?? 0;
    if ((lead & 0xc0) === 0x80) continue;
    const needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
