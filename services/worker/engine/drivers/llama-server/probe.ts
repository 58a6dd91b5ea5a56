// What a llama-server is, asked before anything runs on it: whether it is one, whether it is as large as its fleet entry
// says, which number each adapter has there, and whether it keeps its slots apart.

import { basename } from "node:path";
import { callEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { completionBody } from "./completion-body.ts";
import { count, fieldsOf, readCompletion } from "./completion-event.ts";
import type { CompletionEvent } from "./completion-event.ts";
import { readSlots } from "./slot-watch.ts";

export interface LlamaServer {
  readonly url: string;
  /** Another one after each start of the server. */
  readonly life: string;
  readonly workerType: string;
  readonly slotIds: readonly number[];
  /** Of each slot. */
  readonly contextTokens: number;
  /** Its number in the server's list, which is as long as `adapterCount`. */
  readonly adapters: ReadonlyMap<AdapterDigest, number>;
  readonly adapterCount: number;
  /** What a slot holds is found by nobody from another slot. */
  readonly keepsSlotsApart: boolean;
}

const answerMs = 3_000;

/** Rejects with an `EngineFault` that tells an operator what to do. */
export async function probeServer(spec: EngineServerSpec): Promise<LlamaServer> {
  try {
    return await probe(spec);
  } catch (error) {
    const { kind, message, status, body } = faultOf(error);
    throw new EngineFault(kind, `llama-server at ${spec.url}: ${message}`, { status, body });
  }
}

async function probe(spec: EngineServerSpec): Promise<LlamaServer> {
  const url = spec.url.replace(/\/$/, "");
  const health = fieldsOf(await ask(url, "health"));
  if (health["status"] !== "ok")
    throw unfit(`its health is ${JSON.stringify(health).slice(0, 80)}`);
  const { life, workerType, contextTokens, slotCount } = await readProps(url);
  const slotTokens = Math.floor(spec.kvBlocks / spec.sequencesMax) * spec.kvBlockTokens;
  if (slotCount < spec.sequencesMax || contextTokens < slotTokens) {
    throw unfit(
      `it has ${slotCount} slots of ${contextTokens} tokens, and the fleet relies on ${spec.sequencesMax} of ${slotTokens}: ` +
        `start it with -np ${spec.sequencesMax} -c ${spec.sequencesMax * slotTokens}`,
    );
  }
  const { adapters, adapterCount } = await readAdapters(url, spec);
  const { ids, busy } = await readSlots(url, answerMs).catch((error: unknown) => {
    const { kind, status } = faultOf(error);
    throw kind === "status" && status !== 503 ? unfit("start it with --slots") : error;
  });
  if (busy.size > 0) throw new EngineFault("silent", `${busy.size} of its slots still compute`);
  const slotIds = ids.slice(0, spec.sequencesMax);
  const found = { url, life, workerType, slotIds, contextTokens, adapters, adapterCount };
  await sayOneToken(found);
  return { ...found, keepsSlotsApart: await keepsSlotsApart(found) };
}

const unfit = (why: string): EngineFault => new EngineFault("malformed", why);

const ask = (url: string, path: string): Promise<unknown> =>
  callEngine({ url: `${url}/${path}`, method: "GET", patienceMs: answerMs });

interface Props {
  readonly life: string;
  readonly workerType: string;
  readonly contextTokens: number;
  readonly slotCount: number;
}

async function readProps(url: string): Promise<Props> {
  const props = fieldsOf(await ask(url, "props"));
  const { n_ctx } = fieldsOf(props["default_generation_settings"]);
  const build = textOf(props["build_info"]);
  const model = textOf(props["model_path"]);
  return {
    life: lifeOf(props),
    workerType: `llama-server/${build}/${basename(model)}`,
    contextTokens: count(n_ctx),
    slotCount: count(props["total_slots"]),
  };
}

/** Drawn anew by each process of the server. */
const lifeOf = (props: Readonly<Record<string, unknown>>): string =>
  textOf(props["media_marker"] ?? "");

/** The life of the server that answers now. */
export async function readLife(url: string, patienceMs: number): Promise<string> {
  return lifeOf(fieldsOf(await callEngine({ url: `${url}/props`, method: "GET", patienceMs })));
}

function textOf(said: unknown): string {
  if (typeof said !== "string") throw unfit("it is no llama-server that is known here");
  return said;
}

async function readAdapters(
  url: string,
  spec: EngineServerSpec,
): Promise<Pick<LlamaServer, "adapters" | "adapterCount">> {
  const said = await ask(url, "lora-adapters");
  if (!Array.isArray(said)) throw unfit("its adapters are no list");
  const numbers = new Map(
    said.map(fieldsOf).map((entry) => [textOf(entry["path"]), count(entry["id"])] as const),
  );
  const adapters = new Map<AdapterDigest, number>();
  for (const { digest, path } of spec.adapters) {
    const number = numbers.get(path);
    if (number === undefined) {
      const known = [...numbers.keys()].slice(0, 10).join(", ") || "none";
      throw unfit(`it has no adapter ${path}, but ${known}: start it with --lora-scaled ${path}:0`);
    }
    adapters.set(digest, number);
  }
  return { adapters, adapterCount: said.length };
}

type Found = Omit<LlamaServer, "keepsSlotsApart">;

/** Health is that a token comes out, of the base model and with each adapter. */
async function sayOneToken(server: Found): Promise<void> {
  const [slot = 0] = server.slotIds;
  for (const adapter of [undefined, ...server.adapters.values()]) {
    const said = await complete(server, { slot, ids: canary(0), adapter, outputTokensMax: 1 });
    if (said.kind !== "final" || said.predicted !== 1) throw unfit("no token came out of it");
  }
}

// Three prompts of small ids, which every vocabulary has; they share nothing.
const canaryTokens = 32;
const canary = (which: number): readonly number[] =>
  Array.from({ length: canaryTokens }, (_, index) => 10 + which * canaryTokens + index);

/**
 * By default the server keeps what a slot held in a memory that all slots share (`--cache-ram`), and finds it again for
 * whoever says the same. Then nothing is reused: there is no salt that would keep namespaces apart.
 */
async function keepsSlotsApart(server: Found): Promise<boolean> {
  const [first, second = first] = server.slotIds;
  if (first === undefined || second === undefined) return false;
  const tell = async (slot: number, which: number, mayReuse: boolean): Promise<number> => {
    const wish = { slot, ids: canary(which), adapter: undefined, outputTokensMax: 0, mayReuse };
    const said = await complete(server, wish);
    return said.kind === "final" ? said.cachedTokens : canaryTokens;
  };
  await tell(first, 0, true);
  await tell(first, 1, true);
  await tell(second, 2, true);
  return (await tell(second, 0, true)) === 0;
}

interface CanaryWish {
  readonly slot: number;
  readonly ids: readonly number[];
  readonly adapter: number | undefined;
  readonly outputTokensMax: number;
  readonly mayReuse?: boolean;
}

async function complete(
  { url, adapterCount }: Found,
  { mayReuse = false, ...wish }: CanaryWish,
): Promise<CompletionEvent> {
  const body = completionBody({
    ...wish,
    mayReuse,
    adapterCount,
    ignoreEos: true,
    sampling: { temperature: 0 },
    outputIndex: 0,
    isStream: false,
  });
  return readCompletion(
    await callEngine({ url: `${url}/completion`, method: "POST", body, patienceMs: answerMs }),
  );
}
