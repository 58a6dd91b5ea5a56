// What we use of node-llama-cpp 3.22.1, which is no dependency: `deploy/local/node-llama-cpp.sh` puts it where it is looked
// for here. Native code: imported only by a process of its own.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Token } from "#shared/model/tokenizer.ts";

const folder = new URL("../../../../../.servers/llama/npm/", import.meta.url);
const entry = new URL("node_modules/node-llama-cpp/dist/index.js", folder);

/** Written last by the script that installs it. */
export const isInstalled = (): boolean => existsSync(fileURLToPath(new URL(".installed", folder)));

/** Why a test that needs it is skipped; false: it is there. */
export const withoutNodeLlamaCpp: string | false = isInstalled()
  ? false
  : "node-llama-cpp is not installed: sh deploy/local/node-llama-cpp.sh";

export const importNodeLlamaCpp = (): Promise<NodeLlamaCpp> =>
  import(entry.href) as Promise<NodeLlamaCpp>;

export interface NodeLlamaCpp {
  getLlama(
    this: void,
    wish: {
      readonly gpu: false | "auto";
      readonly build: "never";
      readonly maxThreads: number;
      readonly logLevel: "warn";
      readonly logger: (level: string, message: string) => void;
    },
  ): Promise<Llama>;
  readonly TokenBias: { for(model: LlamaModel): TokenBias };
}

export interface Llama {
  loadModel(wish: { readonly modelPath: string }): Promise<LlamaModel>;
}

export interface TokenBias {
  /** Its setter refuses end tokens. The map is not documented: the live tests hold it. */
  readonly _biases: Map<Token, number>;
}

export interface LlamaModel {
  readonly trainContextSize: number;
  iterateAllTokens(): Iterable<Token>;
  isEogToken(token: Token): boolean;
  createContext(wish: ContextWish): Promise<LlamaContext>;
}

interface BatchItem {
  readonly tokens: readonly Token[];
}

export interface ContextWish {
  readonly sequences: number;
  /** Of each sequence. */
  readonly contextSize: number;
  readonly batchSize: number;
  readonly threads: number;
  readonly flashAttention: "auto" | false;
  readonly lora?: string;
  readonly failedCreationRemedy: false;
  readonly batching: {
    readonly itemPrioritizationStrategy: (batch: {
      readonly items: readonly BatchItem[];
    }) => { readonly item: BatchItem; readonly processAmount: number }[];
  };
}

export interface LlamaContext {
  getSequence(): LlamaSequence;
  dispose(): Promise<void>;
}

export interface LlamaSequence {
  readonly nextTokenIndex: number;
  /** Its state cannot be cut back to any earlier token. */
  readonly needsCheckpoints: boolean;
  eraseContextTokenRanges(
    ranges: readonly { readonly start: number; readonly end: number }[],
  ): Promise<void>;
  controlledEvaluate(
    input: readonly (Token | readonly [Token, { readonly generateNext: GenerateNext }])[],
  ): Promise<readonly ({ readonly next: { readonly token?: Token | null } } | undefined)[]>;
}

export interface GenerateNext {
  readonly token: true;
  readonly options: {
    readonly temperature: number;
    readonly topK: 0;
    readonly topP: number;
    readonly seed: number;
    readonly tokenBias?: TokenBias;
    readonly repeatPenalty?: {
      readonly punishTokens: Token[];
      readonly penalty: 1;
      readonly presencePenalty: number;
      readonly frequencyPenalty: number;
    };
  };
}
