// The files of a tiny model and of three adapters for it, as real engines are given them in tests and benchmarks.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServedAdapter } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { ModelShape } from "./tiny-model.ts";
import {
  mediumShape,
  neverStops,
  smallShape,
  stopsByItself,
  tinyShape,
  wholeCharacters,
  writeLora,
  writeModel,
} from "./tiny-model.ts";

export interface TinyModels {
  readonly model: string;
  readonly adapters: readonly ServedAdapter[];
}

type Size = "tiny" | "small" | "medium";

const shapes: Readonly<Record<Size, ModelShape>> = {
  tiny: tinyShape,
  small: smallShape,
  medium: mediumShape,
};

export interface TinyModelsWish {
  /** `small` and `medium` have steps of a real model's proportions. */
  readonly size: Size;
  readonly stops: boolean;
  /** As a trained model writes. Absent: bytes that belong to no character come now and then. */
  readonly isText?: boolean;
}

export function writeTinyModels(
  folder: string,
  { size, stops, isText = false }: TinyModelsWish,
): TinyModels {
  const shape: ModelShape = shapes[size];
  const model = join(folder, `${size}.gguf`);
  const endBias = stops ? stopsByItself : neverStops;
  writeModel(model, { shape, endBias, ...(isText ? { byteBias: wholeCharacters } : {}) });
  const adapters = [1, 2, 3].map((number) => {
    const path = join(folder, `${size}-lora${number}.gguf`);
    writeLora(path, shape, 100 + number);
    return { path, digest: digestOf(path) };
  });
  return { model, adapters };
}

/** The file of one adapter gets the content of another; what it returns gives it back its own. */
export function replaceAdapterFile(
  { adapters }: TinyModels,
  digest: AdapterDigest,
  by: AdapterDigest,
): () => void {
  const pathOf = (wanted: AdapterDigest): string =>
    adapters.find((adapter) => adapter.digest === wanted)?.path ?? "";
  const own = readFileSync(pathOf(digest));
  writeFileSync(pathOf(digest), readFileSync(pathOf(by)));
  return () => writeFileSync(pathOf(digest), own);
}

const digestOf = (path: string): AdapterDigest =>
  createHash("sha256").update(readFileSync(path)).digest("hex") as AdapterDigest;
