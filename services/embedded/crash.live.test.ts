import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { queryAdapter } from "#services/fleet/uploads.cases.ts";

interface Life {
  readonly httpUrl: string;
  readonly adminUrl: string;
  kill(): void;
}

const late = queryAdapter(31);

function start(
  context: TestContext,
  dataDirectory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Life> {
  const node = spawn(process.execPath, ["services/embedded/main.ts"], {
    env: {
      ...process.env,
      FAIRLEAD_HTTP_PORT: "0",
      FAIRLEAD_GRPC_PORT: "0",
      FAIRLEAD_ADMIN_PORT: "0",
      FAIRLEAD_DATA_DIRECTORY: dataDirectory,
      ...settings,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const kill = (): void => void node.kill("SIGKILL");
  context.after(kill);
  return new Promise((resolve, reject) => {
    let output = "";
    node.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const ready = output.split("\n").find((line) => line.startsWith("fairlead ready"));
      const [httpUrl = "", adminUrl = ""] = ready?.match(/http:\/\/[0-9.:]+/g) ?? [];
      if (ready !== undefined) resolve({ httpUrl, adminUrl, kill });
    });
    node.once("exit", (code) => reject(new Error(`it ended with ${code} before it was ready`)));
  });
}

interface Usage {
  readonly records: readonly {
    readonly tenant: string;
    readonly isFinal: boolean;
    readonly outcome: string;
    readonly promptTokens: number;
    readonly outputTokens: number;
  }[];
}

const usageAt = async ({ adminUrl }: Life): Promise<Usage["records"]> =>
  ((await (await fetch(`${adminUrl}/admin/v1/usage`)).json()) as Usage).records;

async function readUntilBroken(stream: Response): Promise<number> {
  let text = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream.body ?? []) text += decoder.decode(chunk as Uint8Array);
  } catch {
    // Its server died.
  }
  return text.split("\n\n").filter((event) => event.includes('"content":"')).length;
}

/** Of the one adapter that this test brings. */
async function adapterAt({ httpUrl }: Life): Promise<string> {
  const headers = { authorization: "Bearer fl-demo-acme" };
  const answer = await fetch(`${httpUrl}/v1/adapters/late`, { headers });
  const { status, tried } = (await answer.json()) as Record<string, unknown>;
  return `${String(status)} ${String(tried)}`;
}

async function untilAdapterIs(life: Life, wanted: string): Promise<void> {
  for (let waited = 0; (await adapterAt(life)) !== wanted; waited += 50) {
    assert.ok(waited < 20_000, `${await adapterAt(life)} after 20 s`);
    await sleep(50);
  }
}

test("what was open when the platform crashed is settled at its next start, at no more than was delivered", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-crash-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await start(context, join(folder, "data"), {
    FAIRLEAD_ENGINE_ADAPTER_FAULTS: `${late.digest}=prefill:9999`,
  });
  const stream = await fetch(`${first.httpUrl}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({
      model: "llama-3.1-8b",
      stream: true,
      max_tokens: 4_000,
      ignore_eos: true,
      messages: [{ role: "user", content: "Tell me everything." }],
    }),
  });
  assert.equal(stream.status, 200);
  const received = readUntilBroken(stream);
  for (let waited = 0; (await usageAt(first)).every(({ outputTokens }) => outputTokens === 0);) {
    waited += 200;
    assert.ok(waited < 20_000, "no account with output within 20 s");
    await sleep(200);
  }
  assert.equal((await usageAt(first))[0]?.isFinal, false);
  // An adapter whose trial takes its time.
  void fetch(`${first.httpUrl}/v1/adapters?name=late&base_model=llama-3.1-8b&alpha=8`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme" },
    body: new Uint8Array(late.file),
  }).catch(() => undefined);
  await untilAdapterIs(first, "trying false");
  first.kill();
  const events = await received;
  const second = await start(context, join(folder, "data"));
  await untilAdapterIs(second, "ready true");
  const records = await usageAt(second);
  const [record, ...others] = records.filter(({ tenant }) => tenant === "acme");
  assert.deepEqual(others, []);
  assert.equal(record?.isFinal, true);
  assert.equal(record.outcome, "witnesses_lost");
  assert.ok(record.promptTokens > 0 && record.outputTokens > 0);
  assert.ok(record.outputTokens <= events, `${record.outputTokens} billed, ${events} received`);
  second.kill();
});

test("the bill of a request that had just ended outlives the platform: its outbox tells the ledger at the next start", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-crash-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await start(context, join(folder, "data"));
  const reply = await fetch(`${first.httpUrl}/v1/completions`, {
    method: "POST",
    headers: { authorization: "Bearer fl-demo-acme", "content-type": "application/json" },
    body: JSON.stringify({ model: "llama-3.1-8b", prompt: "a few", max_tokens: 5 }),
  });
  assert.equal(reply.status, 200);
  await reply.text();
  // Longer than a group commit, shorter than a batch waits for the ledger.
  await sleep(60);
  first.kill();
  const second = await start(context, join(folder, "data"));
  const [record, ...others] = await usageAt(second);
  assert.deepEqual(others, []);
  assert.deepEqual([record?.isFinal, record?.outcome, record?.outputTokens], [true, "length", 5]);
  second.kill();
});
