// The tokenizers that a fleet file names: each is read when the file is applied, and its digest becomes part of the fleet, so that
// no process counts with another. Which engine can speak which is checked here too.

import type { EngineSpec } from "#shared/model/fleet.ts";
import { quadTokenizer } from "#shared/model/quad-tokenizer.ts";
import type { LoadedTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import { loadTokenizer } from "#shared/tokenizer/load-tokenizer.ts";
import type { FleetProblems } from "./fleet-problems.ts";
import type { PlacedEntries } from "./fleet-references.ts";

/** By their files, for one reading of a fleet file. */
export type FileTokenizers = (file: string) => LoadedTokenizer;

/** Each file once. */
export function readOnce(load: FileTokenizers = loadTokenizer): FileTokenizers {
  const loaded = new Map<string, LoadedTokenizer>();
  return (file) => {
    const found = loaded.get(file) ?? load(file);
    loaded.set(file, found);
    return found;
  };
}

export function checkTokenizers(
  entries: PlacedEntries,
  tokenizers: FileTokenizers,
  problems: FleetProblems,
): void {
  for (const { entry, index } of entries.models) {
    const { tokenizer } = entry;
    if (typeof tokenizer === "string") continue;
    const loaded = tokenizers(tokenizer.file);
    if (loaded.kind === "unusable") {
      problems.add(["models", index, "tokenizer", "file"], loaded.why);
    }
  }
  const modelOfPool = new Map(entries.pools.map(({ entry }) => [entry.id, entry.model]));
  const models = new Map(entries.models.map(({ entry }) => [entry.id, entry]));
  for (const { entry, index } of entries.workers) {
    const model = models.get(modelOfPool.get(entry.pool) ?? "");
    if (model === undefined) continue;
    const isQuad = model.tokenizer === quadTokenizer.vocabulary.name;
    if (speaksQuad(entry.engine) === isQuad) continue;
    problems.add(
      ["workers", index, "engine", "kind"],
      isQuad
        ? `model ${model.id} has the tokenizer quad, which only simulated engines speak`
        : `a simulated engine speaks only quad, and model ${model.id} has a tokenizer of its own`,
    );
  }
}

const speaksQuad = (engine: EngineSpec): boolean =>
  engine.kind === "simulated" || ("double" in engine && engine.double);
