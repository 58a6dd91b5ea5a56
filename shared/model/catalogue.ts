// What the catalogue says of a model beyond what serves it: where its weights are, what they are, what may run them, and how long.
// The names that lead to it, and the words that go before its chats.

import type { TenantId } from "./ids.ts";

export const engineKinds = ["simulated", "llama-cpp", "llama-server", "vllm", "sglang"] as const;
export type EngineKind = (typeof engineKinds)[number];

export const modelFormats = ["gguf", "safetensors"] as const;
export type ModelFormat = (typeof modelFormats)[number];

/**
 * `canary`: served, and said to be new. `deprecated`: served until it retires, and said to end then. `archived`: known, and not
 * served.
 */
export const modelStatuses = ["active", "canary", "deprecated", "archived"] as const;
export type ModelStatus = (typeof modelStatuses)[number];

/** Everything may be left unsaid: then it is as it was before there was a catalogue. */
export interface CatalogueTerms {
  readonly artefact?: ModelArtefact;
  /** Absent: not known. */
  readonly format?: ModelFormat;
  /** As its makers call it, such as `Q4_K_M` or `fp8`. Absent: not known. */
  readonly quantisation?: string;
  /** Kinds of engine that may run it. Absent: any. */
  readonly runtimes?: readonly EngineKind[];
  readonly needs?: ModelNeeds;
  /** Absent: active. */
  readonly status?: ModelStatus;
  /** From this moment on it is refused. */
  readonly retiresAtEpochMs?: number;
  /** Since when it is deprecated: the registry's word, no file's. */
  readonly deprecatedAtEpochMs?: number;
  /** Its tenants were not told in time, and the operator wants it so. */
  readonly withoutNotice?: true;
  /** The model that refusals and notices name in its place. */
  readonly replacement?: string;
  /** Absent: private. The registry has made it part of its tenants' lists: nobody else asks. */
  readonly scope?: ModelScope;
}

/** `public`: each tenant may use it that does not decline public models. `private`: those that list it. */
export type ModelScope = "public" | "private";

export interface ModelArtefact {
  readonly uri: string;
  /** Lower-case hex SHA-256 of its content. */
  readonly digest: string;
}

/** What a replica must have at least. */
export interface ModelNeeds {
  readonly gpus?: number;
  /** Of all its GPUs together. */
  readonly gpuMemoryBytes?: number;
}

/** Another name for a model or an adapter. Never for another alias. */
export interface Alias {
  readonly name: string;
  /** `model` or `model:adapter`. */
  readonly target: string;
  /** Absent: the platform's, for every tenant that has none of its own by this name. */
  readonly tenants?: readonly TenantId[];
  /** Before each chat that is asked for under this name, instead of its tenant's. */
  readonly systemPrompt?: string;
  /** An operator set it beside the fleet file, and it goes before that file's. */
  readonly byCommand?: true;
}

/** Text that goes before each chat of a tenant with a model. */
export interface SystemPrompt {
  readonly model: string;
  readonly text: string;
}

export const isRetired = (
  { status, retiresAtEpochMs }: CatalogueTerms,
  nowEpochMs: number,
): boolean => status === "archived" || nowEpochMs >= (retiresAtEpochMs ?? Infinity);

/** What a model is called together with its weights: what a client is told that it was served by. */
export const servedName = (
  { id, version }: { readonly id: string; readonly version: string },
  adapterDigest: string,
): string => `${id}@${version}${adapterDigest === "" ? "" : `:${adapterDigest}`}`;
