// The desired state, as every service reads it: who may ask, for what, and what there is to run it on.
// Loaded by the registry from YAML, stored in its database, announced by version.

import type { ApiKey } from "./api-key.ts";
import type { AdapterDigest, PoolId, TenantId, WorkerHostId, WorkerId } from "./ids.ts";
import type { CostWeights } from "./cost.ts";
import type { ModelShape } from "./model-shape.ts";
import type { PolicyName } from "./policy-name.ts";
import type { Rollout } from "./rollout.ts";
import type { ServedModelShape } from "./served-model-shape.ts";
import type { SimulatedEngineTerms } from "./simulated-engine.ts";
import type { TenantPolicy } from "./tenant-policy.ts";
import type { TokenIssuer } from "./token-issuer.ts";

export interface Tenant {
  readonly policy: TenantPolicy;
  /** Who may share prefix blocks with it: the tenant itself by default. */
  readonly trustGroup: string;
  /** Ids of the models it may use. */
  readonly models: readonly string[];
}

export interface Model {
  /** What clients write in `model`. */
  readonly id: string;
  readonly version: string;
  readonly tokenizer: TokenizerChoice;
  readonly contextTokensMax: number;
  /** Used when a request names no `max_tokens`. */
  readonly outputTokensDefault: number;
  readonly createdAtEpochS: number;
  /** What an adapter must fit. Absent: tenants cannot bring their own for it. */
  readonly shape?: ModelShape | undefined;
}

/** `quad`, of the simulated engines, or the file that has the model's own. */
export type TokenizerChoice = "quad" | TokenizerFile;

export interface TokenizerFile {
  /** A GGUF, or a `tokenizer.json`, as each process finds it on its own machine. */
  readonly file: string;
  /** Of its content when the fleet was applied: a process that finds another does not start. */
  readonly digest: string;
}

/** Equal names have equal tokens. */
export const tokenizerName = (choice: TokenizerChoice): string =>
  typeof choice === "string" ? choice : choice.digest;

export interface Pool {
  readonly id: PoolId;
  readonly model: string;
  readonly region: string;
  /** `interactive`, `batch` or `reserved:<tenant>`. */
  readonly class: string;
  /** The order in which its tenants are served, from its router's next owner on. Absent: by virtual finish time. */
  readonly policy?: PolicyName | undefined;
  /** Weights of its work that differ from the default. */
  readonly cost?: { readonly [Name in keyof CostWeights]?: number | undefined } | undefined;
}

export interface WorkerSpec {
  readonly id: WorkerId;
  readonly pool: PoolId;
  readonly zone: string;
  readonly host: WorkerHostId;
  readonly engine: EngineSpec;
}

/** What computes its tokens. */
export type EngineSpec = SimulatedEngineSpec | EngineServerSpec | EmbeddedEngineSpec;

/** Of every engine: what it is relied on to hold. A real one that holds less does not come up. */
export interface EngineSize {
  readonly gpus: number;
  readonly kvBlocks: number;
  readonly kvBlockTokens: number;
  readonly sequencesMax: number;
}

/** Of a real engine: what its GPUs are measured by. */
export interface MeasuredGpus {
  /** As nvidia-smi names them: UUIDs, or indices. Absent: all of the machine, if they are as many as `gpus`. Empty: none is measured. */
  readonly gpuIds?: readonly string[];
  /** Absent: how much it computes is not known. */
  readonly modelShape?: ServedModelShape;
}

/** A real engine that is reached over HTTP, on loopback or a private network: it knows no tenants. */
export interface EngineServerSpec extends EngineSize, MeasuredGpus {
  readonly kind: "llama-server" | "vllm" | "sglang";
  /** `http://HOST:PORT`. */
  readonly url: string;
  /** It is a protocol double, for tests: its words are the simulated engines', in `quad` tokens. */
  readonly double?: true;
  readonly adapters: readonly ServedAdapter[];
}

/** A real engine inside the worker's process. */
export interface EmbeddedEngineSpec extends EngineSize, MeasuredGpus {
  readonly kind: "llama-cpp";
  readonly modelPath: string;
  /** LoRA sets that may be resident, each in a context of its own. Absent: as many as `adapters` names. */
  readonly adapterSlots?: number;
  readonly adapters: readonly ServedAdapter[];
}

/** LoRA weights that an engine can be asked for. */
export interface ServedAdapter {
  readonly digest: AdapterDigest;
  /** As the engine's own machine names the file; a llama-server: as it was started with. */
  readonly path: string;
}

/** A simulated replica; `profile` names a step-time table of `services/worker/engine`. */
export interface SimulatedEngineSpec extends EngineSize, SimulatedEngineTerms {
  readonly kind: "simulated";
  readonly profile: string;
  /** Tokens of one step, decodes included. */
  readonly stepTokensMax: number;
  readonly adapterSlots: number;
  /** How prompts share a step: by tenants' shares, or in order of arrival as most engines do. Absent: fair. */
  readonly batching?: "fair" | "fifo";
  /** Step times are multiplied by this; 1 is the table's own speed. */
  readonly timeScale: number;
  /** A prompt with this text in it crashes the engine, at its first token or at the output index that follows the text. For chaos only: no fleet file can say it. */
  readonly crashText?: string;
}

export interface Adapter {
  /** What clients write after the colon: `model:name`. */
  readonly name: string;
  readonly digest: AdapterDigest;
  readonly model: string;
  readonly bytes: number;
  readonly tenants: readonly TenantId[];
}

export interface Fleet {
  /** Grows with every change; announced through coordination. */
  readonly version: number;
  readonly tenants: readonly Tenant[];
  readonly keys: readonly ApiKey[];
  readonly models: readonly Model[];
  readonly pools: readonly Pool[];
  readonly workers: readonly WorkerSpec[];
  readonly adapters: readonly Adapter[];
  /** Whose tokens are taken in place of keys. Absent: nobody's. */
  readonly issuers?: readonly TokenIssuer[];
  /** Names of adapters that are on their way to another version, or have arrived. Absent: none. */
  readonly rollouts?: readonly Rollout[];
}
