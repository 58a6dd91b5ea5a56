// The quad tokenizer of the simulated models: four UTF-8 bytes are one token, its id their little-endian
// uint32, the last token padded with zero bytes. Lossless, needs no table, and close to the four characters
// a token that real tokenizers average on English. Anyone can recompute a count: ceil(bytes / 4).

// Without `ignoreBOM` a U+FEFF would be lost wherever a frame happens to begin with it.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A token's id: an unsigned 32-bit integer. */
export type Token = number;

export const bytesPerToken = 4;

export function tokenCount(promptBytes: Uint8Array): number {
  return Math.ceil(promptBytes.length / bytesPerToken);
}

/** Bytes of an unfinished UTF-8 character, held back until its rest arrives. At most three. */
export interface Detokenizer {
  heldBack: number[];
}

export const startDetokenizer = (): Detokenizer => ({ heldBack: [] });

/** The text that these tokens complete. Never splits a character; invalid bytes become U+FFFD. */
export function detokenize(detokenizer: Detokenizer, tokens: readonly Token[]): string {
  const { heldBack } = detokenizer;
  if (heldBack.length === 0) {
    const text = asciiText(tokens);
    if (text !== undefined) return text;
  }
  const bytes = [...heldBack];
  for (const token of tokens) {
    for (let shift = 0; shift < 32; shift += 8) {
      const byte = (token >>> shift) & 0xff;
      if (byte !== 0) bytes.push(byte);
    }
  }
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
