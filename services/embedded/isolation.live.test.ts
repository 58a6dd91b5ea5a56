import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFileSync, readdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import OpenAI from "openai";
import { legalText } from "./legal-text.cases.ts";
import { booksAreOwn } from "./own-books.cases.ts";

// What a tenant says and gets is its own: the whole platform as a process, its logs at their most talkative, its files on
// disk. Each tenant's words carry a sign that stands nowhere else; afterwards everything that is left is searched for it.

const model = "llama-3.1-8b";
const tenants = ["acme", "bolt", "corner"];
/** Longer than a KV block, so that it can be found in a cache. */
const signOf = (tenant: string): string => `sign-of-${tenant}-kvzq `.repeat(8);
const signs = /kvzq/;

let folder: string;
let platform: ChildProcess;
let [httpUrl, adminUrl] = ["", ""];
let said = "";

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "fairlead-isolation-"));
  platform = spawn(process.execPath, ["services/embedded/main.ts"], {
    env: {
      ...process.env,
      FAIRLEAD_HTTP_PORT: "0",
      FAIRLEAD_GRPC_PORT: "0",
      FAIRLEAD_ADMIN_PORT: "0",
      FAIRLEAD_DATA_DIRECTORY: folder,
      FAIRLEAD_LOG_LEVEL: "debug",
    },
  });
  [httpUrl, adminUrl] = await new Promise((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      const urls = /^fairlead ready .*$/m.exec(said)?.[0].match(/http:\/\/[0-9.:]+/g);
      if (urls?.length === 2) resolve([urls[0] ?? "", urls[1] ?? ""]);
    };
    platform.stdout?.on("data", hear);
    platform.stderr?.on("data", hear);
    platform.once("exit", (code) => reject(new Error(`ended with ${code}:\n${said}`)));
  });
});
after(() => {
  platform.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const openai = (apiKey: string): OpenAI =>
  new OpenAI({ apiKey, baseURL: `${httpUrl}/v1`, maxRetries: 0, timeout: 20_000 });

const adminJson = async (path: string): Promise<unknown> =>
  (await fetch(`${adminUrl}${path}`)).json();

async function cachedTokens(tenant: string, prompt: string): Promise<number | undefined> {
  const { usage } = await openai(`fl-demo-${tenant}`).completions.create({
    model,
    prompt,
    max_tokens: 4,
  });
  return usage?.prompt_tokens_details?.cached_tokens;
}

test("what one tenant's prompt left in a cache is not there for another", async () => {
  const prompt = signOf("acme").repeat(8);
  assert.equal(await cachedTokens("acme", prompt), 0);
  assert.ok(((await cachedTokens("acme", prompt)) ?? 0) > 0, "acme's own is found again");
  assert.equal(await cachedTokens("bolt", prompt), 0);
  assert.equal(await cachedTokens("corner", prompt), 0);
});

test("a tenant is told its own usage as its replies told it, and nothing of another's", () =>
  booksAreOwn({ model, url: () => httpUrl }));

test("an adapter replaced under its name changes what begins after it, and nothing that runs", async () => {
  const file = readFileSync("deploy/fleet.example.yaml", "utf8");
  const before = /name: support-tone\n.*\n    digest: ([0-9a-f]{64})/.exec(file)?.[1] ?? "";
  const after = before.split("").toReversed().join("");
  const question = { model: `${model}:support-tone`, max_tokens: 300, ignore_eos: true } as const;
  const textOf = async (prompt: string, onFirst?: () => void): Promise<string> => {
    const body = { ...question, prompt, stream: true } as const;
    let text = "";
    for await (const chunk of await openai("fl-demo-acme").completions.create(body)) {
      if (text === "") onFirst?.();
      text += chunk.choices[0]?.text ?? "";
    }
    return text;
  };
  const legal = (prompt: string, adapterDigest: string): string =>
    legalText({ tenant: "acme", adapterDigest, prompt, outputTokensMax: 300, ignoreEos: true });
  const prompts = ["pinned one", "pinned two", "pinned three"];
  const running: Promise<string>[] = [];
  await Promise.all(
    prompts.map(
      (prompt) =>
        new Promise<void>((resolve) => {
          running.push(textOf(prompt, resolve));
        }),
    ),
  );
  const headers = { "content-type": "application/yaml" };
  const body = file.replace(before, after);
  const answer = await fetch(`${adminUrl}/admin/v1/fleet`, { method: "PUT", headers, body });
  assert.equal(answer.status, 200, await answer.text());
  const deadlineMs = performance.now() + 5_000;
  // Edges follow within a second; each text is wholly one adapter's or wholly the other's.
  for (let isReplaced = false; !isReplaced;) {
    assert.ok(performance.now() < deadlineMs, "the new adapter is never used");
    const text = await textOf("late");
    isReplaced = text === legal("late", after);
    assert.ok(isReplaced || text === legal("late", before));
  }
  assert.deepEqual(
    await Promise.all(running),
    prompts.map((prompt) => legal(prompt, before)),
  );
});

test("no prompt, no token and no key stands in a log, a metric, a story, a list or a file", async () => {
  const texts = await Promise.all(tenants.map(askEverything));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const recent = (await adminJson("/admin/v1/requests?limit=200")) as {
    requests: readonly { requestId: string }[];
  };
  assert.ok(recent.requests.length >= 3 * tenants.length);
  const places = ["/metrics", "/admin/v1/usage", "/admin/v1/fleet", "/admin/v1/requests?limit=200"];
  for (const name of ["tenants", "workers", "pools", "fairness", "kv", "processes"]) {
    places.push(`/admin/v1/${name}`);
  }
  places.push(...recent.requests.map(({ requestId }) => `/admin/v1/requests/${requestId}`));
  const left = new Map<string, string>([["its output", said]]);
  for (const place of places) left.set(place, await (await fetch(`${adminUrl}${place}`)).text());
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    left.set(path, readFileSync(path, "latin1"));
  }
  assert.ok(said.includes("session.opened"), "the log says nothing: nothing is proven by it");
  assert.ok(left.size > places.length + 1, "no file: nothing is proven by them");
  for (const [place, content] of left) {
    // The line that npm start prints names the demonstration's keys: they are public.
    const rest = content.replace(/^fairlead ready .*$/m, "");
    assert.doesNotMatch(rest, signs, place);
    assert.doesNotMatch(rest, /fl-demo-/, place);
    for (const text of texts) assert.ok(!rest.includes(text.slice(0, 24)), `${place}: an answer`);
  }
});

test("an operator's words before a tenant's chats stand in no log, metric, story or list either", async () => {
  const words = "Speak like a zqvk, always.";
  const file = readFileSync("deploy/fleet.example.yaml", "utf8");
  const put = async (body: string): Promise<number> => {
    const headers = { "content-type": "application/yaml" };
    const url = `${adminUrl}/admin/v1/fleet`;
    return (await fetch(url, { method: "PUT", headers, body })).status;
  };
  const terms = `    systemPrompts: [{ model: ${model}, text: "${words}" }]\n`;
  assert.equal(
    await put(file.replace("    tier: business\n", `    tier: business\n${terms}`)),
    200,
  );
  const ask = async (): Promise<readonly [string, number]> => {
    const messages = [{ role: "user" as const, content: "Why?" }];
    const body = { model, messages, max_tokens: 4 };
    const { id, usage } = await openai("fl-demo-bolt").chat.completions.create(body);
    return [id.replace("chatcmpl-", ""), usage?.prompt_tokens ?? 0];
  };
  const [, shorter] = await ask();
  let [id, tokens] = ["", 0];
  for (const untilMs = performance.now() + 5_000; tokens <= 14;) {
    assert.ok(performance.now() < untilMs, `the words are counted: ${shorter} and ${tokens}`);
    [id, tokens] = await ask();
  }
  assert.equal(
    await put(file.replace("    tier: business\n", `    tier: business\n${terms}${terms}`)),
    400,
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const place of [`requests/${id}`, "requests", "usage", "fleet", "models", "tenants"]) {
    assert.doesNotMatch(await (await fetch(`${adminUrl}/admin/v1/${place}`)).text(), /zqvk/, place);
  }
  assert.doesNotMatch(await (await fetch(`${adminUrl}/metrics`)).text(), /zqvk/);
  assert.match(said, new RegExp(id), "the log tells of that request");
  assert.doesNotMatch(said, /zqvk/);
});

/** Every way a word can come in: answered, streamed, refused, with a key that is none. Returns an answer's text. */
async function askEverything(tenant: string): Promise<string> {
  const client = openai(`fl-demo-${tenant}`);
  const sign = signOf(tenant);
  const legal = legalText({ tenant, prompt: sign, outputTokensMax: 40, ignoreEos: true });
  const body = { model, prompt: sign, max_tokens: 40, ignore_eos: true, stop: [sign], user: sign };
  const whole = await client.completions.create(body);
  assert.equal(whole.choices[0]?.text, legal);
  let text = "";
  for await (const chunk of await client.completions.create({ ...body, stream: true })) {
    text += chunk.choices[0]?.text ?? "";
  }
  assert.equal(text, legal);
  for (const wrong of [
    { ...body, model: `${model}:${sign}` },
    { ...body, max_tokens: sign as unknown as number },
    { ...body, prompt: sign.repeat(2_000) },
    { ...body, [sign]: 1 },
  ]) {
    await assert.rejects(client.completions.create(wrong), OpenAI.APIError);
  }
  const stranger = openai(`fl-demo-${sign.replaceAll(" ", "-")}`);
  await assert.rejects(stranger.completions.create(body), OpenAI.AuthenticationError);
  const headers = { authorization: `Bearer fl-demo-${tenant}`, "x-sign": sign };
  await fetch(`${httpUrl}/v1/${encodeURIComponent(sign)}?${encodeURIComponent(sign)}`, { headers });
  return text;
}
