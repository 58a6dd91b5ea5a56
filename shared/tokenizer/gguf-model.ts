// What a GGUF says about its model, for whoever makes a fleet of it: its name, and how much context it was trained on.

import type { ModelShape } from "#shared/model/model-shape.ts";
import type { GgufMetadata } from "./gguf-metadata.ts";
import { ggufNumber, ggufText, readGgufMetadata } from "./gguf-metadata.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import { openFile } from "./open-file.ts";
import { Unusable } from "./unusable.ts";

export interface GgufModel {
  readonly name: string | undefined;
  readonly contextTokens: number | undefined;
  readonly tokenizerDigest: string;
  /** Undefined: it does not say all of it, or its layers differ. */
  readonly shape: ModelShape | undefined;
}

export type GgufModelReading =
  | { readonly kind: "read"; readonly model: GgufModel }
  | { readonly kind: "unusable"; readonly why: string };

/** Its tokenizer is read, too: without one it cannot be served. */
export function readGgufModel(file: string): GgufModelReading {
  try {
    return { kind: "read", model: readModel(file) };
  } catch (error) {
    if (error instanceof Unusable) return { kind: "unusable", why: `${file}: ${error.message}` };
    throw error;
  }
}

function readModel(file: string): GgufModel {
  const open = openFile(file, "a GGUF");
  try {
    const metadata = readGgufMetadata(open.read);
    if (ggufText(metadata, "general.type") === "adapter") {
      throw new Unusable("it is an adapter, not a model");
    }
    const { vocabulary } = ggufTokenizer(metadata);
    const architecture = ggufText(metadata, "general.architecture") ?? "";
    return {
      name: ggufText(metadata, "general.name"),
      contextTokens: ggufNumber(metadata, `${architecture}.context_length`),
      tokenizerDigest: vocabulary.name,
      shape: shapeOf(metadata, architecture),
    };
  } finally {
    open.close();
  }
}

function shapeOf(metadata: GgufMetadata, architecture: string): ModelShape | undefined {
  const size = (name: string): number => ggufNumber(metadata, `${architecture}.${name}`) ?? 0;
  const heads = size("attention.head_count");
  const width = size("embedding_length");
  const shape = {
    architecture,
    layers: size("block_count"),
    width,
    heads,
    kvHeads: size("attention.head_count_kv") || heads,
    headWidth: size("attention.key_length") || (heads > 0 ? width / heads : 0),
    feedForward: size("feed_forward_length"),
  };
  const { architecture: _, ...sizes } = shape;
  const isWhole = Object.values(sizes).every((each) => Number.isSafeInteger(each) && each > 0);
  return isWhole ? shape : undefined;
}
