// The alphabet in which byte-level vocabularies write bytes, as GPT-2 fixed it: printable Latin-1 stands for itself, the
// other bytes for the characters from U+0100 on, in order.

const standsForItself = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

const characterOf: readonly string[] = alphabet();

const byteOf: ReadonlyMap<string, number> = new Map(
  characterOf.map((character, byte) => [character, byte]),
);

function alphabet(): readonly string[] {
  let others = 0;
  return Array.from({ length: 256 }, (_, byte) =>
    String.fromCodePoint(standsForItself(byte) ? byte : 0x100 + others++),
  );
}

/** Undefined: not all of it is written in the alphabet. */
export function readByteAlphabet(text: string): Uint8Array | undefined {
  const bytes = Array.from(text, (character) => byteOf.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}

export const writeByteAlphabet = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => characterOf[byte] ?? "").join("");
