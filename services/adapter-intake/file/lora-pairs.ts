// Whether a file's tensors are the pairs of a LoRA adapter for a model: every name is one of its parts, each A has its B of the
// same rank, and their sizes are the part's.

import type { AdaptedModule, ModelShape } from "#shared/model/model-shape.ts";
import { adaptedModules, moduleSize } from "#shared/model/model-shape.ts";
import type { FilePlan, FileTensor } from "./file-plan.ts";
import { Flaw } from "./flaw.ts";

export interface LoraTerms {
  readonly shape: ModelShape;
  readonly rankMax: number;
}

export interface LoraPair {
  readonly layer: number;
  readonly module: AdaptedModule;
  readonly rank: number;
  readonly a: FileTensor;
  readonly b: FileTensor;
}

interface Place {
  readonly layer: number;
  readonly module: AdaptedModule;
  readonly side: "a" | "b";
}

/** Throws `Flaw`. */
export function loraPairs({ format, tensors }: FilePlan, terms: LoraTerms): readonly LoraPair[] {
  const halves = new Map<string, { a?: FileTensor; b?: FileTensor; place: Place }>();
  for (const tensor of tensors) {
    const place = placeOf[format](tensor.name);
    if (place === undefined) throw unknownName(tensor.name, format);
    const key = `${place.layer} ${place.module}`;
    const half = halves.get(key) ?? { place };
    if (half[place.side] !== undefined) {
      throw new Flaw("duplicate_name", "Two tensors stand for the same part.", tensor.name);
    }
    halves.set(key, { ...half, [place.side]: tensor });
  }
  if (halves.size === 0) throw new Flaw("not_lora", "The file has no LoRA tensors.");
  return [...halves.values()].map(({ a, b, place }) => pairOf({ a, b, place }, terms));
}

interface Halves {
  readonly a: FileTensor | undefined;
  readonly b: FileTensor | undefined;
  readonly place: Place;
}

function pairOf({ a, b, place }: Halves, { shape, rankMax }: LoraTerms): LoraPair {
  const { layer, module } = place;
  if (a === undefined || b === undefined) {
    const other = a === undefined ? "A" : "B";
    throw new Flaw("unpaired", `The tensor has no LoRA ${other} beside it.`, (a ?? b)?.name);
  }
  if (layer >= shape.layers) {
    const message = `The base model has ${shape.layers} layers; this is for layer ${layer}, counted from 0.`;
    throw new Flaw("layer_out_of_range", message, a.name);
  }
  const rank = a.rows;
  if (b.columns !== rank) {
    throw new Flaw("rank_mismatch", `LoRA A has rank ${rank}, LoRA B has ${b.columns}.`, b.name);
  }
  if (rank > rankMax) {
    throw new Flaw("rank_too_large", `Its rank is ${rank}; ${rankMax} is the most here.`, a.name);
  }
  const { inputs, outputs } = moduleSize(shape, module);
  if (a.columns !== inputs) throw misfit(a, `takes ${inputs} values in`, a.columns);
  if (b.rows !== outputs) throw misfit(b, `gives ${outputs} values out`, b.rows);
  return { layer, module, rank, a, b };
}

const misfit = ({ name }: FileTensor, part: string, found: number): Flaw =>
  new Flaw(
    "shape_mismatch",
    `This part of the base model ${part}; the tensor is for ${found}. Was it trained on another base model?`,
    name,
  );

const unknownName = (name: string, format: FilePlan["format"]): Flaw =>
  new Flaw(
    "bad_name",
    `This is no name of a LoRA tensor that is served. Expected ${examples[format]}; parts: ${adaptedModules.join(", ")}.`,
    name,
  );

const examples: Readonly<Record<FilePlan["format"], string>> = {
  safetensors: "base_model.model.model.layers.N.self_attn.q_proj.lora_A.weight and the like",
  gguf: "blk.N.attn_q.weight.lora_a and the like",
};

const placeOf: Readonly<Record<FilePlan["format"], (name: string) => Place | undefined>> = {
  safetensors: peftPlace,
  gguf: ggufPlace,
};

const peftName =
  /^base_model\.model\.model\.layers\.(0|[1-9]\d{0,3})\.(?:self_attn\.([qkvo]_proj)|mlp\.((?:gate|up|down)_proj))\.lora_([AB])\.weight$/;

function peftPlace(name: string): Place | undefined {
  const [, layer, attention, forward, side] = peftName.exec(name) ?? [];
  if (layer === undefined) return undefined;
  const module = (attention ?? forward) as AdaptedModule;
  return { layer: Number(layer), module, side: side === "A" ? "a" : "b" };
}

const ggufName = /^blk\.(0|[1-9]\d{0,3})\.([a-z_]{1,16})\.weight\.lora_([ab])$/;

const ggufModules: ReadonlyMap<string, AdaptedModule> = new Map([
  ["attn_q", "q_proj"],
  ["attn_k", "k_proj"],
  ["attn_v", "v_proj"],
  ["attn_output", "o_proj"],
  ["ffn_gate", "gate_proj"],
  ["ffn_up", "up_proj"],
  ["ffn_down", "down_proj"],
]);

function ggufPlace(name: string): Place | undefined {
  const [, layer, part = "", side] = ggufName.exec(name) ?? [];
  const module = ggufModules.get(part);
  if (layer === undefined || module === undefined) return undefined;
  return { layer: Number(layer), module, side: side === "a" ? "a" : "b" };
}
