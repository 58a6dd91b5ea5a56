// The process that holds a native engine, so that its death is not the worker's. It decides nothing: it computes what
// it is ordered, one order after the other. Entry point; `stepper.ts` starts it and ends it.

import { setTimeout as sleep } from "node:timers/promises";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type {
  GenerateNext,
  LlamaContext,
  LlamaModel,
  LlamaSequence,
  TokenBias,
} from "./node-llama-cpp.ts";
import { importNodeLlamaCpp } from "./node-llama-cpp.ts";
import type {
  NextToken,
  OpenModel,
  StepperAnswer,
  StepperOrder,
  StepPart,
} from "./stepper-words.ts";
import { endToken, noToken } from "./stepper-words.ts";

interface OpenContext {
  readonly context: LlamaContext;
  /** By slot. */
  readonly sequences: readonly LlamaSequence[];
}

interface Engine {
  readonly model: LlamaModel;
  readonly wish: OpenModel;
  /** Forbids every end token. */
  readonly goOn: TokenBias;
  readonly vocabularySize: number;
  readonly contexts: Map<AdapterDigest, OpenContext>;
}

/** Only macOS has one in the one binary that is installed. */
const hasGpu = process.platform === "darwin";
const base = "" as AdapterDigest;
let engine: Engine | undefined;
/** What llama.cpp had to say against the last order: its errors say no more than that there was one. */
let complaints: string[] = [];
const complaintsMax = 2;

async function answer(order: StepperOrder): Promise<StepperAnswer> {
  if (order.kind === "open-model") return open(order);
  if (engine === undefined) throw new Error("no model is open");
  switch (order.kind) {
    case "add-context":
      await addContext(engine, order.adapter, order.path);
      return { kind: "order-done" };
    case "drop-context":
      await dropContext(engine, order.adapter);
      return { kind: "order-done" };
    case "compute-step":
      return computeStep(engine, order.parts);
    default:
      return order satisfies never;
  }
}

async function open(wish: OpenModel): Promise<StepperAnswer> {
  const { getLlama, TokenBias } = await importNodeLlamaCpp();
  const llama = await getLlama({
    gpu: hasGpu ? "auto" : false,
    build: "never",
    maxThreads: wish.threads,
    logLevel: "warn",
    logger: (_level, message) => {
      const told = message.trim();
      // The first say what is wrong, the rest that something was.
      if (complaints.length < complaintsMax && !complaints.includes(told)) complaints.push(told);
    },
  });
  const model = await llama.loadModel({ modelPath: wish.modelPath });
  const goOn = TokenBias.for(model);
  let vocabularySize = 0;
  for (const token of model.iterateAllTokens()) {
    vocabularySize++;
    if (model.isEogToken(token)) goOn._biases.set(token, -Infinity);
  }
  const slotTokens = Math.min(wish.slotTokens, model.trainContextSize);
  engine = { model, wish: { ...wish, slotTokens }, goOn, vocabularySize, contexts: new Map() };
  const { sequences } = await addContext(engine, base);
  const canReuse = sequences.every(({ needsCheckpoints }) => !needsCheckpoints);
  return { kind: "model-opened", slotTokens, canReuse, vocabularySize };
}

async function addContext(
  { model, wish, contexts }: Engine,
  adapter: AdapterDigest,
  path?: string,
): Promise<OpenContext> {
  // Of a life that ended while it was being made.
  await contexts.get(adapter)?.context.dispose();
  const context = await model.createContext({
    sequences: wish.slots,
    contextSize: wish.slotTokens,
    batchSize: wish.stepTokensMax,
    threads: wish.threads,
    // Without a GPU it makes steps of 1 to 63 tokens three to sixteen times as long, and larger ones no shorter.
    flashAttention: hasGpu ? "auto" : false,
    ...(path === undefined ? {} : { lora: path }),
    failedCreationRemedy: false,
    batching: {
      // A step is one batch, of what was planned and no less.
      itemPrioritizationStrategy: ({ items }) =>
        items.map((item) => ({ item, processAmount: item.tokens.length })),
    },
  });
  const sequences = Array.from({ length: wish.slots }, () => context.getSequence());
  const opened = { context, sequences };
  contexts.set(adapter, opened);
  return opened;
}

async function dropContext({ contexts }: Engine, adapter: AdapterDigest): Promise<void> {
  const found = contexts.get(adapter);
  contexts.delete(adapter);
  await found?.context.dispose();
}

async function computeStep(open: Engine, parts: readonly StepPart[]): Promise<StepperAnswer> {
  const startedAtMs = performance.now();
  const sequences = parts.map(({ adapter, slot }) => {
    const sequence = open.contexts.get(adapter)?.sequences[slot];
    if (sequence === undefined) throw new Error("there is no such slot");
    return sequence;
  });
  await Promise.all(sequences.map((sequence, index) => cutBack(sequence, parts[index]?.from ?? 0)));
  const tokens = await Promise.all(
    parts.map((part, index) => compute(open, part, sequences[index])),
  );
  collectSamplers(open, parts.length);
  return { kind: "step-computed", tokens, tookMs: performance.now() - startedAtMs };
}

async function cutBack(sequence: LlamaSequence, from: number): Promise<void> {
  const end = sequence.nextTokenIndex;
  if (end > from) await sequence.eraseContextTokenRanges([{ start: from, end }]);
  if (sequence.nextTokenIndex !== from) throw new Error("a slot holds less than it should");
}

async function compute(
  { model, goOn }: Engine,
  { ids, next }: StepPart,
  sequence: LlamaSequence | undefined,
): Promise<Token> {
  const last = ids[ids.length - 1];
  if (sequence === undefined || last === undefined) throw new Error("a part of no tokens");
  if (next === undefined) {
    await sequence.controlledEvaluate(ids);
    return noToken;
  }
  const asked = [last, { generateNext: { token: true, options: optionsOf(next, goOn) } }] as const;
  const said = await sequence.controlledEvaluate([...ids.slice(0, -1), asked]);
  const token = said[ids.length - 1]?.next.token;
  if (token === null || token === undefined) throw new Error("no token could be chosen");
  return model.isEogToken(token) ? endToken : token;
}

function optionsOf(next: NextToken, goOn: TokenBias): GenerateNext["options"] {
  const { temperature, topP, seed, presencePenalty, frequencyPenalty, output, mustGoOn } = next;
  const punishes = output.length > 0 && (presencePenalty !== 0 || frequencyPenalty !== 0);
  return {
    temperature,
    topK: 0,
    topP,
    seed,
    ...(mustGoOn ? { tokenBias: goOn } : {}),
    ...(punishes
      ? {
          repeatPenalty: {
            punishTokens: [...output],
            penalty: 1,
            presencePenalty,
            frequencyPenalty,
          },
        }
      : {}),
  };
}

/** Of candidates in samplers that are done with: JavaScript sees small objects and would let them pile up. */
const sampledBytesMax = 268_435_456;
const candidateBytes = 12;
let sampledBytes = 0;

function collectSamplers({ vocabularySize }: Engine, samplers: number): void {
  sampledBytes += samplers * vocabularySize * candidateBytes;
  if (sampledBytes < sampledBytesMax) return;
  sampledBytes = 0;
  globalThis.gc?.();
}

const logDelayMs = 50;

const say = (said: StepperAnswer): void => void process.send?.(said);

async function obey(order: StepperOrder): Promise<void> {
  complaints = [];
  try {
    say(await answer(order));
  } catch (error) {
    // Its log comes behind its error, by another thread.
    await sleep(logDelayMs);
    const why = [error instanceof Error ? error.message : String(error), ...complaints].join("; ");
    say({ kind: "order-failed", why });
  }
}

let last = Promise.resolve();
process.on("message", (order: StepperOrder) => {
  last = last.then(() => obey(order));
});
// Ctrl-C reaches the whole terminal: what runs ends by its own rules, and this with the one that it computes for.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => undefined);
process.on("disconnect", () => process.exit(0));
