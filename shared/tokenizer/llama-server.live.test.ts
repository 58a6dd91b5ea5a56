// Ours beside llama.cpp's own: the same files, the same texts, the same ids. Needs llama-server, which
// `sh deploy/local/llama-server.sh` builds; without it these tests are skipped.

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import fc from "fast-check";
import type { Tokenizer } from "#shared/model/tokenizer.ts";
import { repositoryRoot } from "#shared/tidy/source-tree.ts";
import { loadTokenizer } from "./load-tokenizer.ts";
import type { Entry } from "./tiny-tokenizers.cases.ts";
import {
  bpeEntries,
  ggufBytes,
  long,
  spmEntries,
  text,
  tinySpm,
  whole,
} from "./tiny-tokenizers.cases.ts";

const program = join(repositoryRoot, ".servers/llama/llama-server");
const skip = existsSync(program)
  ? false
  : "llama-server is not built: deploy/local/llama-server.sh";

const width = 32;
const floatBytes = 4;
const alignment = 32;

/** A model that computes nothing worth reading: all that is asked of it is its tokenizer. */
function modelBytes(entries: readonly Entry[]): Buffer {
  const tokens = entries.find(([key]) => key === "tokenizer.ggml.tokens")?.[1];
  const count = Array.isArray(tokens) ? tokens.length : 0;
  const layer = "blk.0.";
  const square = [width, width];
  const tensors: readonly (readonly [string, readonly number[]])[] = [
    ["token_embd.weight", [width, count]],
    [`${layer}attn_norm.weight`, [width]],
    ...["attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"].map(
      (name) => [`${layer}${name}.weight`, square] as const,
    ),
    [`${layer}ffn_norm.weight`, [width]],
    ["output_norm.weight", [width]],
  ];
  let offset = 0;
  const heads = tensors.map(([name, sizes]) => {
    const bytes = sizes.reduce((product, size) => product * size, floatBytes);
    const head = [text(name), whole(sizes.length), ...sizes.map(long), whole(0), long(offset)];
    offset += Math.ceil(bytes / alignment) * alignment;
    return Buffer.concat(head);
  });
  const shape: readonly Entry[] = [
    ["llama.context_length", 512],
    ["llama.embedding_length", width],
    ["llama.block_count", 1],
    ["llama.feed_forward_length", width],
    ["llama.attention.head_count", 1],
    ["llama.attention.layer_norm_rms_epsilon", { float: 1e-5 }],
    ["llama.vocab_size", count],
  ];
  const front = Buffer.concat([ggufBytes([...entries, ...shape], heads), ...heads]);
  const padding = (alignment - (front.length % alignment)) % alignment;
  return Buffer.concat([front, Buffer.alloc(padding + offset)]);
}

interface Server {
  ask(path: string, body: object): Promise<Readonly<Record<string, unknown>>>;
}

async function startServer(context: TestContext, file: string): Promise<Server> {
  const port = await freePort();
  const words = `-m ${file} --host 127.0.0.1 --port ${port} -c 512 -np 1 -t 1 -tb 1 --no-warmup --cache-ram 0`;
  const child = spawn(program, words.split(" "), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => (said = (said + piece.toString()).slice(-2_000)));
  const ended = once(child, "exit");
  context.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isUp) break;
    assert.ok(child.exitCode === null && tries < 200, `llama-server does not serve: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    ask: async (path, body) => {
      const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
      return (await answer.json()) as Readonly<Record<string, unknown>>;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."the| house| quick|  |\n|\r\n|\t|1234|<|im_end|>|</s>|<s>|<unk>|<0x0A>|🙂|é|日本|привет|'LL|don't|▁|\u{3000}|{}|==".split(
          "|",
        ),
        "<|im_start|>",
        "<tool>",
      ),
      fc.string({ unit: "grapheme-ascii", maxLength: 6 }),
      fc.string({
        unit: fc.constantFrom(...Array.from("äßçñøłжщשׁعربहिन्दीไทย한국어日本語漢字€∑½²")),
        maxLength: 4,
      }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(""));

function load(file: string): Tokenizer {
  const loaded = loadTokenizer(file);
  assert.ok(loaded.kind === "loaded", loaded.kind === "unusable" ? loaded.why : "");
  return loaded.tokenizer;
}

const kinds: readonly { readonly name: string; readonly entries: readonly Entry[] }[] = [
  { name: "SentencePiece", entries: spmEntries(tinySpm({ hasTraps: false })) },
  ...["gpt-2", "qwen2", "llama-bpe", "qwen35", "smollm"].map((pre) => ({
    name: `BPE, ${pre}`,
    entries: bpeEntries(pre),
  })),
];

for (const { name, entries } of kinds) {
  test(
    `${name}: our ids are llama-server's, for texts, prompts and chats`,
    { skip },
    async (context) => {
      const folder = mkdtempSync(join(tmpdir(), "fairlead-tokens-"));
      context.after(() => rmSync(folder, { recursive: true }));
      const file = join(folder, "tiny.gguf");
      writeFileSync(file, modelBytes(entries));
      const server = await startServer(context, file);
      const tokenizer = load(file);
      const ids = (prompt: Uint8Array | { readonly why: string }): readonly number[] => {
        assert.ok(!("why" in prompt));
        const bytes = Buffer.from(prompt);
        return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readUInt32LE(at * 4));
      };
      await fc.assert(
        fc.asyncProperty(anyText, async (content) => {
          const plain = await server.ask("/tokenize", { content, parse_special: false });
          assert.deepEqual(tokenizer.encode(content), plain["tokens"]);
          const whole = { content, add_special: true, parse_special: false };
          const prompt = await server.ask("/tokenize", whole);
          assert.deepEqual(ids(tokenizer.textPrompt(content)), prompt["tokens"]);
        }),
        { numRuns: 300 },
      );
      // Where a client writes no special token, a chat is what the engine itself would make of it.
      const messages = [
        { role: "system", content: "the house " },
        { role: "user", content: " Hello, été 日本 1234\n\n" },
      ];
      const { prompt } = await server.ask("/apply-template", { messages });
      const asked = { content: prompt, add_special: true, parse_special: true };
      const { tokens } = await server.ask("/tokenize", asked);
      const lines = messages.map(({ role, content }) => ({ role, text: content }));
      assert.deepEqual(ids(tokenizer.chatPrompt(lines)), tokens);
    },
  );
}
