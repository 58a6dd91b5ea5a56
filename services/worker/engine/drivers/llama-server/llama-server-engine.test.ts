import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Run } from "#shared/messages/to-engine.ts";
import type { EngineServerSpec, ServedAdapter } from "#shared/model/fleet.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { runOf, tokensOf } from "#services/worker/engine/engine.cases.ts";
import type { DriverBench } from "#services/worker/engine/drivers/driver-bench.ts";
import { openServerBench } from "./server-bench.ts";
import type { Answer, ScriptedServer } from "./scripted-server.ts";
import {
  beginStream,
  endEvent,
  event,
  html,
  json,
  props,
  scriptedServer,
  silence,
  tokenEvent,
} from "./scripted-server.ts";

const specOf = (url: string, adapters: readonly ServedAdapter[] = []): EngineServerSpec => ({
  kind: "llama-server",
  url,
  gpus: 1,
  sequencesMax: 2,
  kvBlocks: 512,
  kvBlockTokens: 16,
  adapters,
});
const patience = { silenceMs: 300, answerMs: 200, idleMs: 60_000 };

async function open(
  context: TestContext,
  url: string,
  adapters?: readonly ServedAdapter[],
): Promise<DriverBench> {
  const bench = openServerBench({ spec: specOf(url, adapters), patience });
  context.after(() => bench.close());
  bench.tell({ kind: "boot" });
  return bench;
}

async function stage(
  context: TestContext,
): Promise<{ readonly bench: DriverBench; readonly server: ScriptedServer }> {
  const server = await scriptedServer(context);
  const bench = await open(context, server.url);
  await bench.until(() => has(bench, "engine-up"));
  return { bench, server };
}

const has = ({ heard }: DriverBench, kind: string): boolean =>
  heard.some((message) => message.kind === kind);
const isEnded = ({ heard }: DriverBench, { sequence }: Run): boolean =>
  heard.some(
    (message) =>
      message.kind === "step" &&
      message.outputs.some((output) => output.sequence === sequence && output.end !== undefined),
  );
const isStopped = ({ heard }: DriverBench, { sequence }: Run): boolean =>
  heard.some((message) => message.kind === "sequence-stopped" && message.sequence === sequence);

const firstWhy = async (bench: DriverBench): Promise<string> => {
  for (let turn = 0; turn < 250 && bench.notes.length === 0; turn++) await sleep(20);
  return String(bench.notes[0]?.fields["why"]);
};

const unfit: readonly (readonly [string, string, Answer, RegExp])[] = [
  ["is a page of HTML", "/health", html, /it answered no JSON: <!doctype html>/],
  [
    "is still loading",
    "/health",
    json({ error: { message: "Loading model" } }, 503),
    /503.*Loading/,
  ],
  ["is another program", "/props", json({ hello: "there" }), /no object where one is due/],
  ["tells nothing of its slots", "/slots", json({ error: {} }, 501), /start it with --slots/],
  ["takes the call and is silent", "/health", silence, /no answer in 3000 ms/],
];

for (const [what, path, answer, why] of unfit) {
  test(`a server that ${what} is not up, and is when it is mended`, async (context) => {
    const server = await scriptedServer(context);
    server.script.set(path, answer);
    const bench = await open(context, server.url);
    assert.match(await firstWhy(bench), why);
    assert.ok(!has(bench, "engine-up"));
    server.script.delete(path);
    await bench.until(() => has(bench, "engine-up"));
  });
}

test("where nobody listens there is no engine, and it is asked again", async (context) => {
  const bench = await open(context, "http://127.0.0.1:9");
  assert.match(await firstWhy(bench), /http:\/\/127\.0\.0\.1:9: connect ECONNREFUSED/);
  assert.deepEqual(bench.heard, []);
});

test("ids lost inside a character are asked for again, once each", async (context) => {
  const { bench, server } = await stage(context);
  let calls = 0;
  server.script.set("/completion", (_request, response, asked) => {
    const { stream, n_predict } = asked;
    calls++;
    if (calls === 1) {
      beginStream(response);
      response.write(tokenEvent(700, 1));
      // Two of them were parts of a character, and had no event.
      response.write(tokenEvent(703, 4));
      return;
    }
    const tokens = [701, 702, 703, 704, 705].slice(0, n_predict);
    if (!stream) {
      const said = { stop: true, stop_type: "limit", tokens, tokens_predicted: tokens.length };
      return json({ ...said, "timings/cache_n": 1 })(_request, response, asked);
    }
    beginStream(response);
    response.end(endEvent(0));
  });
  const run = runOf({ outputTokensMax: 6, ignoreEos: true });
  bench.tell(run);
  await bench.until(() => isEnded(bench, run));
  assert.deepEqual(tokensOf(bench.heard, run), [700, 701, 702, 703, 704, 705]);
  const [, repair] = server.asked;
  assert.deepEqual(repair?.prompt.slice(-1), [700]);
  assert.equal(repair?.n_predict, 5);
});

test("a silent token before the natural end is none of the output, before another it is", async (context) => {
  const { bench, server } = await stage(context);
  server.script.set("/completion", (_request, response) => {
    beginStream(response);
    const silent = (token: number, predicted: number): string =>
      event({ content: "", tokens: [token], stop: false, tokens_predicted: predicted });
    response.write(silent(3, 1) + tokenEvent(700, 2) + silent(2, 3));
    response.end(
      event({
        stop: true,
        stop_type: "eos",
        tokens: [],
        tokens_predicted: 3,
        "timings/cache_n": 0,
      }),
    );
  });
  const run = runOf({ outputTokensMax: 9 });
  bench.tell(run);
  await bench.until(() => isEnded(bench, run));
  assert.deepEqual(tokensOf(bench.heard, run), [3, 700]);
});

test("what was computed with another's prompt is given up before a token of it is told", async (context) => {
  const { bench, server } = await stage(context);
  server.script.set("/completion", (_request, response) => {
    beginStream(response);
    response.write(
      event({
        tokens: [0],
        stop: false,
        tokens_predicted: 0,
        prompt_progress: { cache: 30, processed: 30 },
      }),
    );
    response.end(tokenEvent(700, 1) + endEvent(1));
  });
  const run = runOf({ outputTokensMax: 1 });
  bench.tell(run);
  await bench.until(() => isStopped(bench, run));
  assert.deepEqual(tokensOf(bench.heard, run), []);
  assert.ok(bench.notes.some(({ fields }) => fields["fault"] === "leaked"));
});

for (const [what, answer] of [
  ["answers HTML", html],
  ["fails", json({ error: { code: 500, message: "out of memory" } }, 500)],
  [
    "ends a stream without its end",
    ((_request, response) => {
      beginStream(response);
      response.end(tokenEvent(700, 1));
    }) satisfies Answer,
  ],
  [
    "breaks a stream off",
    ((_request, response) => {
      beginStream(response);
      response.write(tokenEvent(700, 1), () => response.destroy());
    }) satisfies Answer,
  ],
  [
    "fails in the stream",
    ((_request, response) => {
      beginStream(response);
      response.end(tokenEvent(700, 1) + event({ error: { code: 500, message: "no" } }));
    }) satisfies Answer,
  ],
] as const) {
  test(`a server that ${what} and lives loses that sequence and no other`, async (context) => {
    const { bench, server } = await stage(context);
    server.script.set("/completion", answer);
    const run = runOf({ outputTokensMax: 4 });
    bench.tell(run);
    await bench.until(() => isStopped(bench, run));
    assert.ok(!has(bench, "engine-crashed"));
    server.script.delete("/completion");
    const next = runOf({ outputTokensMax: 4 });
    bench.tell(next);
    await bench.until(() => isEnded(bench, next));
  });
}

test("a server that says nothing of what runs and answers no question has crashed", async (context) => {
  const { bench, server } = await stage(context);
  server.script.set("/completion", silence);
  server.script.set("/slots", silence);
  bench.tell(runOf({ outputTokensMax: 4 }));
  await bench.until(() => has(bench, "engine-crashed"));
  server.script.clear();
  await bench.until(() => bench.heard.filter(({ kind }) => kind === "engine-up").length === 2);
});

test("a slot that is not free again is not given to another", async (context) => {
  const { bench, server } = await stage(context);
  server.script.set("/completion", (_request, response) => {
    beginStream(response);
    response.write(tokenEvent(700, 1));
  });
  const busy = [
    { id: 0, is_processing: true },
    { id: 1, is_processing: true },
  ];
  const run = runOf({ outputTokensMax: 4 });
  bench.tell(run);
  await bench.until(() => tokensOf(bench.heard, run).length > 0);
  server.script.set("/slots", json(busy));
  bench.tell({ kind: "stop", sequence: run.sequence });
  await sleep(100);
  assert.ok(!isStopped(bench, run), "nobody hears of it before it is free");
  server.script.delete("/slots");
  await bench.until(() => isStopped(bench, run));
});

async function loadOf(bench: DriverBench, { digest }: ServedAdapter): Promise<string> {
  const from = bench.heard.length;
  const answers = (): string[] =>
    bench.heard.slice(from).flatMap((said) => {
      if (said.kind === "adapter-loaded") return ["loaded"];
      return said.kind === "adapter-failed" ? [said.reason] : [];
    });
  bench.tell({ kind: "load-adapter", digest, bytes: 1, tier: "disk", evict: baseModel });
  await bench.until(() => answers().length > 0);
  return answers()[0] ?? "";
}

test("an adapter whose file is not what its digest says is not used, though it be mended under the server", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-lora-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const digest = createHash("sha256").update("its weights").digest("hex") as AdapterDigest;
  const [fit, unfit, gone] = ["fit", "unfit", "gone"].map((name) => join(folder, name));
  assert.ok(fit !== undefined && unfit !== undefined && gone !== undefined);
  writeFileSync(fit, "its weights");
  writeFileSync(unfit, "another's weights");
  const server = await scriptedServer(context);
  const list = [fit, unfit, gone].map((path, id) => ({ id, path, scale: 0 }));
  server.script.set("/lora-adapters", json(list));
  const ofUnfit = { digest: "b".repeat(64) as AdapterDigest, path: unfit };
  const ofGone = { digest: "c".repeat(64) as AdapterDigest, path: gone };
  const bench = await open(context, server.url, [{ digest, path: fit }, ofUnfit, ofGone]);
  await bench.until(() => has(bench, "engine-up"));
  assert.equal(await loadOf(bench, { digest, path: fit }), "loaded");
  assert.match(await loadOf(bench, ofUnfit), /another content than its digest says/);
  assert.match(await loadOf(bench, ofGone), /cannot be read here: ENOENT/);
  const run = runOf({ adapterDigest: ofUnfit.digest });
  bench.tell(run);
  await bench.until(() => has(bench, "engine-refused"));
  assert.ok(server.asked.length === 0, "nothing was computed for it");
});

test("what a server was started with is not called by a digest that its file has since been given", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-lora-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "lora");
  writeFileSync(path, "what the server read");
  const server = await scriptedServer(context);
  server.script.set("/lora-adapters", json([{ id: 0, path, scale: 0 }]));
  const digest = createHash("sha256").update("mended").digest("hex") as AdapterDigest;
  const bench = await open(context, server.url, [{ digest, path }]);
  await bench.until(() => has(bench, "engine-up"));
  assert.match(await loadOf(bench, { digest, path }), /another content/);
  writeFileSync(path, "mended");
  assert.match(
    await loadOf(bench, { digest, path }),
    /when its server was found .*: start it again/,
  );
  const begunAnew = async (times: number): Promise<void> => {
    bench.tell({ kind: "reset" });
    await bench.until(() => bench.heard.filter(({ kind }) => kind === "engine-up").length >= times);
  };
  await begunAnew(2);
  assert.match(await loadOf(bench, { digest, path }), /start it again/, "it is the same server");
  server.script.set("/props", json({ ...props, media_marker: "<__media_2__>" }));
  await begunAnew(3);
  assert.equal(await loadOf(bench, { digest, path }), "loaded");
});
