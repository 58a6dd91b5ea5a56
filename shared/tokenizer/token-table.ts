// A vocabulary out of a table: what each id stands for, by its place in the list.

import type { Token, Vocabulary } from "#shared/model/tokenizer.ts";

/** `special`: a control token, without text. */
export type TokenEntry =
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  | { readonly kind: "special" };

export interface TokenTable {
  readonly name: string;
  readonly entries: readonly TokenEntry[];
  readonly endIds: ReadonlySet<Token>;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Undefined: some character is not whole. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

export function tableVocabulary({ name, entries, endIds }: TokenTable): Vocabulary {
  const texts = entries.map((entry) => (entry.kind === "special" ? "" : textOf(entry.bytes)));
  const specials = entries.flatMap(({ kind }, id) => (kind === "special" ? [id] : []));
  return {
    name,
    endIds,
    specialIds: new Set(specials),
    partialIds: texts.flatMap((text, id) => (text === undefined ? [id] : [])),
    tokenBytesMax: entries.reduce(
      (most, entry) => (entry.kind === "special" ? most : Math.max(most, entry.bytes.length)),
      1,
    ),
    wholeText(tokens) {
      let text = "";
      for (const token of tokens) {
        // A partial character, or an id beyond the table: the bytes decide.
        const whole = texts[token];
        if (whole === undefined) return undefined;
        text += whole;
      }
      return text;
    },
    appendBytes(token, bytes) {
      const entry = entries[token];
      if (entry?.kind === "text") bytes.push(...entry.bytes);
    },
  };
}
