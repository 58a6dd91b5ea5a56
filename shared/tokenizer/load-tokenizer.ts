// Reads a tokenizer's file: a GGUF by its first bytes, else a `tokenizer.json`. Done once, at the start of a process or when
// a changed fleet names another; what is wrong is said with the file's name.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import { readGgufMetadata } from "./gguf-metadata.ts";
import { ggufTokenizer } from "./gguf-tokenizer.ts";
import { huggingFaceTokenizer } from "./hugging-face-files.ts";
import { fileReason } from "#shared/config/file-reason.ts";
import { codeOf, openFile } from "./open-file.ts";
import { Unusable } from "./unusable.ts";

export type LoadedTokenizer =
  | { readonly kind: "loaded"; readonly tokenizer: Tokenizer }
  | { readonly kind: "unusable"; readonly why: string };

const jsonBytesMax = 134_217_728;

export function loadTokenizer(file: string): LoadedTokenizer {
  try {
    return { kind: "loaded", tokenizer: readTokenizer(file) };
  } catch (error) {
    if (error instanceof Unusable) return { kind: "unusable", why: `${file}: ${error.message}` };
    throw error;
  }
}

function readTokenizer(file: string): Tokenizer {
  const open = openFile(file);
  try {
    if (open.read(0, 4).toString("latin1") === "GGUF") {
      return ggufTokenizer(readGgufMetadata(open.read));
    }
    if (open.bytes > jsonBytesMax) {
      throw new Unusable("it is neither a GGUF nor a tokenizer.json: it is too large for one");
    }
  } finally {
    open.close();
  }
  const folder = dirname(file);
  const texts = {
    tokenizer: readFileSync(file, "utf8"),
    ...beside(folder, "config", "tokenizer_config.json"),
    ...beside(folder, "chatTemplate", "chat_template.jinja"),
    ...beside(folder, "generation", "generation_config.json"),
  };
  return huggingFaceTokenizer({ ...texts, name: digestOf(texts) });
}

/** A neighbour that need not be there. */
function beside<Name extends string>(
  folder: string,
  name: Name,
  file: string,
): { readonly [Key in Name]?: string } {
  try {
    return { [name]: readFileSync(join(folder, file), "utf8") } as { [Key in Name]: string };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return {};
    throw new Unusable(`its neighbour ${file} cannot be read: ${fileReason(error)}`);
  }
}

/** Length-framed, so that no two sets of files share it. */
function digestOf(texts: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const [name, text] of Object.entries(texts)) {
    hash.update(`${name}:${Buffer.byteLength(text)}:${text}`);
  }
  return hash.digest("hex");
}
