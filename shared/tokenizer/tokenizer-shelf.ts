// The tokenizers of one process: loaded at its start and when a changed fleet names others, handed to edge, sessions and
// workers. What the fleet before named is kept too, for the requests that began under it.

import type { Model, TokenizerChoice } from "#shared/model/fleet.ts";
import { tokenizerName } from "#shared/model/fleet.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { Tokenizer, Vocabularies } from "#shared/model/tokenizer.ts";
import type { LoadedTokenizer } from "./load-tokenizer.ts";
import { loadTokenizer } from "./load-tokenizer.ts";

export interface TokenizerShelf {
  /** What is wrong with those that these models name; empty when nothing is. Stalls its process for up to a second a file. */
  know(models: readonly Pick<Model, "id" | "tokenizer">[]): readonly string[];
  readonly of: (choice: TokenizerChoice) => Tokenizer | undefined;
  readonly vocabularies: Vocabularies;
}

export function createTokenizerShelf(
  load: (file: string) => LoadedTokenizer = loadTokenizer,
): TokenizerShelf {
  let earlier: ReadonlyMap<string, Tokenizer> = new Map();
  let current: ReadonlyMap<string, Tokenizer> = new Map();
  const find = (name: string): Tokenizer | undefined =>
    name === quadTokenizer.vocabulary.name
      ? quadTokenizer
      : (current.get(name) ?? earlier.get(name));
  return {
    know(models) {
      const problems: string[] = [];
      const next = new Map<string, Tokenizer>();
      for (const { id, tokenizer: choice } of models) {
        const name = tokenizerName(choice);
        if (typeof choice === "string" || next.has(name)) continue;
        const found = find(name) ?? loadAs(choice, load);
        if (typeof found === "string") problems.push(`the tokenizer of model ${id}: ${found}`);
        else next.set(name, found);
      }
      const isSame =
        next.size === current.size && [...next.keys()].every((name) => current.has(name));
      if (!isSame) [earlier, current] = [current, next];
      return problems;
    },
    of: (choice) => find(tokenizerName(choice)),
    vocabularies: (name) => find(name)?.vocabulary,
  };
}

/** In words what is wrong with it. */
function loadAs(
  { file, digest }: Exclude<TokenizerChoice, string>,
  load: (file: string) => LoadedTokenizer,
): Tokenizer | string {
  const loaded = load(file);
  if (loaded.kind === "unusable") return loaded.why;
  const { name } = loaded.tokenizer.vocabulary;
  if (name === digest) return loaded.tokenizer;
  return `${file}: it is another than when the fleet was applied (${name}, not ${digest}): apply the fleet again, or bring the file back`;
}
