import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

interface Life {
  readonly httpUrl: string;
  readonly adminUrl: string;
  kill(): void;
}

function start(context: TestContext, dataDirectory: string): Promise<Life> {
  const node = spawn(process.execPath, ["services/embedded/main.ts"], {
    env: {
      ...process.env,
      FAIRLEAD_HTTP_PORT: "0",
      FAIRLEAD_GRPC_PORT: "0",
      FAIRLEAD_ADMIN_PORT: "0",
      FAIRLEAD_DATA_DIRECTORY: dataDirectory,
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

test("what was open when the platform crashed is settled at its next start, at no more than was delivered", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-crash-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const first = await start(context, join(folder, "data"));
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
  first.kill();
  const events = await received;
  const second = await start(context, join(folder, "data"));
  const [record, ...others] = await usageAt(second);
  assert.deepEqual(others, []);
  assert.equal(record?.isFinal, true);
  assert.equal(record.outcome, "witnesses_lost");
  assert.ok(record.promptTokens > 0 && record.outputTokens > 0);
  assert.ok(record.outputTokens <= events, `${record.outputTokens} billed, ${events} received`);
  second.kill();
});
