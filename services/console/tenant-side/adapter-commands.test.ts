import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { buffer } from "node:stream/consumers";
import { openFile } from "#services/console/open-file.ts";
import { runCommandLine } from "#services/console/command-line.ts";

// The command line against a door that answers as the edge does; what it asked is written down.

interface Asked {
  readonly what: string;
  readonly key: string | undefined;
  readonly body: string;
}

const adapter = {
  id: "mine",
  object: "adapter",
  model: "m:mine",
  base_model: "m",
  status: "ready",
  reason: null,
  digest: "ab".repeat(32),
  served_digest: "ab".repeat(32),
  bytes: 9,
  format: "safetensors",
  rank: 8,
  alpha: 16,
  target_modules: ["q_proj", "v_proj"],
};

let asked: Asked[] = [];
let answer: { readonly status: number; readonly body: unknown } = { status: 200, body: {} };
const door = createServer((incoming: IncomingMessage, response) => {
  void buffer(incoming).then((body) => {
    const { method, url, headers } = incoming;
    asked.push({ what: `${method} ${url}`, key: headers.authorization, body: body.toString() });
    response.writeHead(answer.status, { "content-type": "application/json" });
    return response.end(JSON.stringify(answer.body));
  });
});
await new Promise<void>((resolve) => {
  door.listen(0, "127.0.0.1", resolve);
});
const scratch = mkdtempSync(join(tmpdir(), "fairlead-"));
after(() => {
  door.close();
  rmSync(scratch, { recursive: true, force: true });
});
beforeEach(() => {
  asked = [];
});

async function run(words: readonly string[], environment: Record<string, string> = {}) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = await runCommandLine(words, {
    environment: {
      FAIRLEAD_HTTP_PORT: String((door.address() as AddressInfo).port),
      FAIRLEAD_API_KEY: "key-of-acme",
      ...environment,
    },
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile,
  });
  return { code, out: printed.join("\n"), complaint: complaints.join("\n") };
}

const file = join(scratch, "a.safetensors");
writeFileSync(file, "the bytes");

test("upload sends the file as it is, named by its options, with the key of the environment", async () => {
  answer = { status: 201, body: adapter };
  const words = ["adapter", "upload", file, "--name", "mine", "--base", "m/x", "--alpha", "16"];
  const { code, out } = await run(words);
  assert.equal(code, 0);
  assert.equal(out, "m:mine is ready (rank 8, 9 bytes): write that in `model`");
  assert.deepEqual(asked, [
    {
      what: "POST /v1/adapters?name=mine&base_model=m%2Fx&alpha=16",
      key: "Bearer key-of-acme",
      body: "the bytes",
    },
  ]);
});

test("list, show and delete ask for the tenant's own and print it", async () => {
  answer = { status: 200, body: { object: "list", data: [adapter] } };
  const { out } = await run(["adapter", "list"]);
  assert.match(
    out,
    /NAME +STATUS +CALL IT +RANK +BYTES +DIGEST\n *mine +ready +m:mine +8 +9 +abababababab/,
  );
  answer = { status: 200, body: adapter };
  assert.match((await run(["adapter", "show", "a/b"])).out, /target_modules +q_proj,v_proj/);
  answer = { status: 200, body: { id: "mine", object: "adapter", deleted: true } };
  assert.equal((await run(["adapter", "delete", "mine"])).out, "mine is deleted");
  assert.deepEqual(
    asked.map(({ what }) => what),
    ["GET /v1/adapters", "GET /v1/adapters/a%2Fb", "DELETE /v1/adapters/mine"],
  );
  answer = { status: 200, body: adapter };
  const { out: json } = await run(["adapter", "show", "mine", "--json"]);
  assert.deepEqual(JSON.parse(json), adapter);
});

test("a refusal is told with what is at fault, as text and as data", async () => {
  const error = {
    message: "Value 3 of the tensor is NaN.",
    type: "invalid_request_error",
    param: "blk.0.attn_q.weight.lora_a",
    code: "adapter_values_invalid",
    detail: "not_finite",
  };
  answer = { status: 422, body: { error } };
  const words = ["adapter", "upload", file, "--name", "mine", "--base", "m"];
  const { code, complaint } = await run(words);
  assert.equal(code, 1);
  assert.match(complaint, /is NaN\. \(blk\.0\.attn_q\.weight\.lora_a\)/);
  const { out } = await run([...words, "--json"]);
  assert.equal((JSON.parse(out) as { error: { code: string } }).error.code, "not_finite");
});

test("a wrong command line is 2, and asks nobody", async () => {
  for (const words of [
    ["adapter"],
    ["adapter", "list", "mine"],
    ["adapter", "show"],
    ["adapter", "publish", "mine"],
    ["adapter", "upload", file],
    ["adapter", "list", "--tenant", "acme"],
  ]) {
    assert.equal((await run(words)).code, 2, words.join(" "));
  }
  assert.deepEqual(asked, []);
});

test("no key, no file, nobody there: each is said", async () => {
  const noKey = await run(["adapter", "list"], { FAIRLEAD_API_KEY: "" });
  assert.match(noKey.complaint, /FAIRLEAD_API_KEY/);
  const noFile = await run([
    "adapter",
    "upload",
    join(scratch, "none"),
    "--name",
    "a",
    "--base",
    "m",
  ]);
  assert.match(noFile.complaint, /cannot read .*none: no such file/);
  const words = ["adapter", "upload", scratch, "--name", "a", "--base", "m"];
  assert.match((await run(words)).complaint, /cannot read .*: it is a directory/);
  const nobody = await run(["adapter", "list"], { FAIRLEAD_HTTP_PORT: "1" });
  assert.match(nobody.complaint, /cannot reach the platform at http:\/\/127\.0\.0\.1:1/);
  assert.deepEqual([noKey.code, noFile.code, nobody.code], [1, 1, 1]);
});
