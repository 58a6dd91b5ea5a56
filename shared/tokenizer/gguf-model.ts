// What a GGUF says about its model, for whoever makes a fleet of it: its name, and how much context it was trained on.

import { ggufNumber, ggufText, readGgufMetadata } from "./gguf-metadata.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import { openFile } from "./open-file.ts";
import { Unusable } from "./unusable.ts";

export interface GgufModel {
  readonly name: string | undefined;
  readonly contextTokens: number | undefined;
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
  const open = openFile(file);
  try {
    const metadata = readGgufMetadata(open.read);
    if (ggufText(metadata, "general.type") === "adapter") {
      throw new Unusable("it is an adapter, not a model");
    }
    ggufTokenizer(metadata);
    const architecture = ggufText(metadata, "general.architecture") ?? "";
    return {
      name: ggufText(metadata, "general.name"),
      contextTokens: ggufNumber(metadata, `${architecture}.context_length`),
    };
  } finally {
    open.close();
  }
}
