// How llama.cpp splits text into words before it merges, by the name in `tokenizer.ggml.pre`. Only those that were compared
// with llama.cpp are here; a name that is not here is refused, for a guess would count and cut wrongly without a sign.

import type { HuggingFaceModel } from "./hugging-face-tokenizer.ts";
import { Unusable } from "./unusable.ts";

interface PreTokenizer {
  readonly names: readonly string[];
  /** Each splits what those before it have left. */
  readonly patterns: readonly string[];
  /** A word that is a token is not taken apart, though its merges would make others. */
  readonly ignoresMerges?: true;
  /** Unless the file says otherwise. */
  readonly addsBos?: true;
}

const contractions = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
const gpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
const wordsAndRest = (letters: string, digits: string): string =>
  `${contractions}|[^\\r\\n\\p{L}\\p{N}]?${letters}+|${digits}| ?[^\\s${letters === "\\p{L}" ? "\\p{L}" : "\\p{L}\\p{M}"}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const preTokenizers: readonly PreTokenizer[] = [
  { names: ["gpt-2", "phi-2"], patterns: [gpt2] },
  {
    names: ["llama3", "llama-v3", "llama-bpe"],
    patterns: [wordsAndRest("\\p{L}", "\\p{N}{1,3}")],
    ignoresMerges: true,
    addsBos: true,
  },
  { names: ["qwen2", "deepseek-r1-qwen"], patterns: [wordsAndRest("\\p{L}", "\\p{N}")] },
  { names: ["qwen35"], patterns: [wordsAndRest("[\\p{L}\\p{M}]", "\\p{N}")] },
  { names: ["starcoder", "refact", "command-r", "smollm"], patterns: ["\\p{N}", gpt2] },
];

export interface Splitting {
  readonly patterns: readonly string[];
  readonly ignoresMerges: boolean;
  readonly addsBos: boolean;
}

export function preTokenizerOf(name: string | undefined): Splitting {
  const found = preTokenizers.find(({ names }) => name !== undefined && names.includes(name));
  if (found === undefined) {
    const all = preTokenizers.flatMap(({ names }) => names).join(", ");
    throw new Unusable(`the pre-tokenizer ${name ?? "(none)"} is not supported: ${all} are`);
  }
  return {
    patterns: found.patterns,
    ignoresMerges: found.ignoresMerges === true,
    addsBos: found.addsBos === true,
  };
}

export interface ByteLevelVocabulary {
  readonly tokens: readonly { readonly text: string; readonly id: number }[];
  readonly merges: readonly string[];
}

/** The same as a `tokenizer.json` would say it. */
export function byteLevelModel(
  { patterns, ignoresMerges }: Splitting,
  { tokens, merges }: ByteLevelVocabulary,
): HuggingFaceModel {
  const splits = patterns.map((pattern) => ({
    type: "Split",
    pattern: { Regex: pattern },
    behavior: "Isolated",
    invert: false,
  }));
  const bytes = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: false,
  };
  return {
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [...splits, bytes] },
    post_processor: null,
    decoder: { type: "ByteLevel" },
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map(({ text, id }) => [text, id])),
      merges,
      ignore_merges: ignoresMerges,
    },
  };
}
