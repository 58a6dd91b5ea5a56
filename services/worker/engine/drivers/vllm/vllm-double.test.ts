// What the double does, asked over HTTP as anyone would. The driver's tests build on it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { legalOutput, runOf } from "#services/worker/engine/engine.cases.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { Run } from "#shared/messages/to-engine.ts";
import { endOfText } from "#services/worker/engine/drivers/doubles/doubled-engine.ts";
import { startVllmDouble } from "./vllm-double.ts";
import type { VllmDouble, VllmDoubleOptions } from "./vllm-double.ts";

const weightsA = "a".repeat(64);
const weightsB = "b".repeat(64);
const options: VllmDoubleOptions = {
  tenant: "acme",
  sequencesMax: 4,
  kvBlocks: 1000,
  lorasMax: 1,
  adapterFiles: new Map([
    ["/a", weightsA],
    ["/b", weightsB],
    ["/bad", "malformed"],
  ]),
};

async function withDouble(
  overrides: Partial<VllmDoubleOptions>,
  body: (double: VllmDouble) => Promise<void>,
): Promise<void> {
  const double = await startVllmDouble({ ...options, ...overrides });
  try {
    await body(double);
  } finally {
    await double.close();
  }
}

const idsOf = ({ promptBytes }: Run): number[] => {
  const view = new DataView(promptBytes.buffer, promptBytes.byteOffset, promptBytes.length);
  return Array.from({ length: promptBytes.length / 4 }, (_, index) =>
    view.getUint32(index * 4, true),
  );
};

const post = (double: VllmDouble, path: string, body: unknown, signal?: AbortSignal) =>
  fetch(double.url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
    ...(signal === undefined ? {} : { signal }),
  });

interface Event {
  readonly choices: readonly {
    readonly token_ids?: number[];
    readonly finish_reason: string | null;
  }[];
  readonly usage?: {
    readonly completion_tokens: number;
    readonly prompt_tokens_details?: { readonly cached_tokens: number };
  };
}

const eventsOf = (text: string): Event[] =>
  text
    .split("\n\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)) as Event);

const completion = (run: Run, fields: object = {}) => ({
  prompt: idsOf(run),
  max_tokens: run.outputTokensMax,
  ignore_eos: run.ignoreEos,
  stream: true,
  stream_options: { include_usage: true, continuous_usage_stats: true },
  return_token_ids: true,
  ...fields,
});

async function askFor(double: VllmDouble, run: Run, fields: object = {}): Promise<Event[]> {
  const response = await post(double, "/v1/completions", completion(run, fields));
  return eventsOf(await response.text());
}

const tokensOf = (events: readonly Event[]): number[] =>
  events.flatMap(({ choices }) => choices.flatMap(({ token_ids: ids = [] }) => ids));

const cachedOf = (events: readonly Event[]): number =>
  events.at(-1)?.usage?.prompt_tokens_details?.cached_tokens ?? 0;

async function load(double: VllmDouble, name: string, path: string, fields: object = {}) {
  const body = { lora_name: name, lora_path: path, ...fields };
  return post(double, "/v1/load_lora_adapter", body);
}

test("completions of ids stream ids, the end-of-text token among them, and usage on every chunk", async () => {
  await withDouble({}, async (double) => {
    const run = runOf();
    const events = await askFor(double, run);
    assert.deepEqual(tokensOf(events), [...legalOutput(run), endOfText]);
    assert.ok(events.every(({ usage }) => usage !== undefined));
    assert.equal(events.at(-1)?.usage?.completion_tokens, legalOutput(run).length + 1);
  });
});

test("tokens in, tokens out says the same; an older version does not have it", async () => {
  const run = runOf({ outputTokensMax: 12, ignoreEos: true });
  const body = {
    token_ids: idsOf(run),
    sampling_params: { max_tokens: 12, ignore_eos: true },
    stream: true,
  };
  await withDouble({}, async (double) => {
    const response = await post(double, "/inference/v1/generate", body);
    assert.deepEqual(tokensOf(eventsOf(await response.text())), legalOutput(run));
  });
  await withDouble({ hasTokensApi: false }, async (double) => {
    assert.equal((await post(double, "/inference/v1/generate", body)).status, 404);
  });
});

test("prompt and delivered output as one prompt are gone on with", async () => {
  await withDouble({}, async (double) => {
    const run = runOf({ outputTokensMax: 30, ignoreEos: true });
    const whole = legalOutput(run);
    const fields = { prompt: [...idsOf(run), ...whole.slice(0, 11)], max_tokens: 19 };
    assert.deepEqual(tokensOf(await askFor(double, run, fields)), whole.slice(11));
  });
});

test("the prefix cache is the salt's own, and everybody's without one", async () => {
  await withDouble({}, async (double) => {
    const run = runOf({ tokens: 100, outputTokensMax: 2 });
    const cached = async (salt?: string): Promise<number> =>
      cachedOf(await askFor(double, run, salt === undefined ? {} : { cache_salt: salt }));
    assert.deepEqual(
      [await cached("x"), await cached("y"), await cached("x"), await cached(), await cached()],
      [0, 0, 96, 0, 96],
    );
    assert.equal(
      (await post(double, "/v1/completions", completion(run, { cache_salt: "" }))).status,
      400,
    );
  });
});

test("an adapter is a model; unknown ones, malformed ones and second loads are errors", async () => {
  await withDouble({}, async (double) => {
    const run = runOf({
      adapterDigest: weightsA as AdapterDigest,
      outputTokensMax: 20,
      ignoreEos: true,
    });
    assert.equal(
      (await post(double, "/v1/completions", completion(run, { model: "one" }))).status,
      404,
    );
    assert.equal((await load(double, "one", "/a")).status, 200);
    assert.equal((await load(double, "one", "/a")).status, 400);
    assert.equal((await load(double, "two", "/nowhere")).status, 404);
    assert.equal((await load(double, "two", "/bad")).status, 500);
    assert.deepEqual(tokensOf(await askFor(double, run, { model: "one" })), legalOutput(run));
    const gone = await post(double, "/v1/unload_lora_adapter", { lora_name: "one" });
    assert.equal(gone.status, 200);
    assert.equal(
      (await post(double, "/v1/completions", completion(run, { model: "one" }))).status,
      404,
    );
  });
});

test("a priority is an error under fcfs as documented, and without effect as it is", async () => {
  const run = runOf({ outputTokensMax: 2 });
  await withDouble({ policy: "fcfs-refuses" }, async (double) => {
    assert.equal(
      (await post(double, "/v1/completions", completion(run, { priority: 1 }))).status,
      400,
    );
  });
  await withDouble({ policy: "fcfs-ignores" }, async (double) => {
    assert.equal(
      (await post(double, "/v1/completions", completion(run, { priority: 1 }))).status,
      200,
    );
  });
});

test("a closed connection frees the slot", async () => {
  await withDouble({}, async (double) => {
    const abort = new AbortController();
    const run = runOf({ outputTokensMax: 4000, ignoreEos: true });
    const response = await post(double, "/v1/completions", completion(run), abort.signal);
    assert.equal(response.status, 200);
    assert.match(await (await fetch(`${double.url}/metrics`)).text(), /running\{.*\} 1\.0/);
    abort.abort();
    await response.text().catch(() => "");
    while (double.engine.gauges().running > 0) await new Promise((go) => setTimeout(go, 5));
  });
});

test("defect: a load that evicts a slot lets who decodes from it go on with the new weights", async () => {
  for (const wrongAdapterAfterEviction of [true, false]) {
    await withDouble({ defects: { wrongAdapterAfterEviction } }, async (double) => {
      await load(double, "one", "/a");
      const run = runOf({
        adapterDigest: weightsA as AdapterDigest,
        outputTokensMax: 400,
        ignoreEos: true,
      });
      const answer = askFor(double, run, { model: "one" });
      while (double.engine.gauges().running === 0) await new Promise((go) => setTimeout(go, 1));
      assert.equal((await load(double, "two", "/b")).status, 200);
      const isRight = tokensOf(await answer).every((id, index) => id === legalOutput(run)[index]);
      assert.equal(isRight, !wrongAdapterAfterEviction);
    });
  }
});

test("defect: blocks found by an adapter's name are those of its old weights", async () => {
  for (const prefixCacheByName of [true, false]) {
    await withDouble({ defects: { prefixCacheByName } }, async (double) => {
      const run = runOf({
        tokens: 100,
        adapterDigest: weightsB as AdapterDigest,
        outputTokensMax: 3,
      });
      await load(double, "one", "/a");
      await askFor(double, run, { model: "one", cache_salt: "s" });
      assert.equal((await load(double, "one", "/b", { load_inplace: true })).status, 200);
      const events = await askFor(double, run, { model: "one", cache_salt: "s" });
      const isRight = tokensOf(events)[0] === legalOutput(run)[0];
      assert.deepEqual([isRight, cachedOf(events)], prefixCacheByName ? [false, 96] : [true, 0]);
    });
  }
});
