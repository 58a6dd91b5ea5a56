import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { Answering, Asking } from "./asking.ts";
import { natsAsking } from "./nats-asking.ts";
import type { NatsLink } from "./nats-connection.ts";
import { connectNats } from "./nats-connection.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-asking-"));
const nats = await startNatsServers({ folder, members: 1 });
const links: NatsLink[] = [];
after(async () => {
  await Promise.all(links.map((link) => link.close()));
  await nats.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(process: string): Promise<Asking & Answering & { readonly link: NatsLink }> {
  const { servers } = nats;
  const link = await connectNats({ servers, role: "registry", process, onNote: () => undefined });
  links.push(link);
  return { link, ...natsAsking(link) };
}

const registry = await start("registry-1");
const edge = await start("edge-1");
const worker = await start("worker-1");
const flushed = (): Promise<unknown> =>
  Promise.all(links.map(({ connection }) => connection.flush()));

test("every process answers for itself, the asker too, and who is silent is named", async () => {
  const stops = [registry, edge].map((each) =>
    each.answer("view", (body) => ({ of: each.link.process, body })),
  );
  await flushed();
  const beganMs = performance.now();
  const expected = ["registry-1", "edge-1", "worker-1"];
  const { answers, silent } = await registry.ask(
    "view",
    { pool: "p" },
    { timeoutMs: 300, expected },
  );
  assert.ok(performance.now() - beganMs >= 290, "it waited for the silent one");
  assert.deepEqual(silent, ["worker-1"]);
  assert.deepEqual(
    answers.toSorted((one, other) => one.process.localeCompare(other.process)),
    ["edge-1", "registry-1"].map((process) => ({
      process,
      answer: { of: process, body: { pool: "p" } },
    })),
  );
  for (const stop of stops) stop();
});

test("once all expected have answered nobody waits longer", async () => {
  const stop = edge.answer("quick", () => 1);
  await flushed();
  const beganMs = performance.now();
  const { silent } = await registry.ask("quick", {}, { timeoutMs: 5_000, expected: ["edge-1"] });
  assert.deepEqual(silent, []);
  assert.ok(performance.now() - beganMs < 2_000);
  stop();
});

test("an answerer that throws or says too much answers with an error", async () => {
  const stops = [
    edge.answer("hard", () => {
      throw new Error("no idea");
    }),
    worker.answer("hard", () => "x".repeat(600 * 1024)),
  ];
  await flushed();
  const { answers } = await registry.ask(
    "hard",
    {},
    { timeoutMs: 2_000, expected: ["edge-1", "worker-1"] },
  );
  assert.deepEqual(new Map(answers.map(({ process, answer }) => [process, answer])).get("edge-1"), {
    error: "no idea",
  });
  const large = answers.find(({ process }) => process === "worker-1")?.answer;
  assert.match((large as { readonly error: string }).error, /too large/);
  for (const stop of stops) stop();
});

test("a question nobody listens to is over at once, and who stopped answering is silent", async () => {
  edge.answer("gone", () => 1)();
  await flushed();
  const beganMs = performance.now();
  const gathered = await registry.ask("gone", {}, { timeoutMs: 5_000, expected: ["edge-1"] });
  assert.deepEqual(gathered, { answers: [], silent: ["edge-1"] });
  assert.ok(performance.now() - beganMs < 2_000);
});

test("bytes that are no question are answered with why, bytes that are no answer are nobody's", async () => {
  const stop = edge.answer("strict", () => 1);
  edge.link.connection.subscribe("fl-ask.strict", {
    callback: (_error, asked) => void asked.respond(Uint8Array.of(0xc1)),
  });
  await flushed();
  const { answers } = await registry.ask("strict", {}, { timeoutMs: 300, expected: ["worker-1"] });
  assert.deepEqual(answers, [{ process: "edge-1", answer: 1 }]);
  const reply = await registry.link.connection.request("fl-ask.strict", Uint8Array.of(7), {
    timeout: 1_000,
  });
  assert.ok(reply.data.length > 0);
  stop();
});

test("so many questions at once are too many", async () => {
  const stop = edge.answer("often", () => 1);
  await flushed();
  const asked = Array.from({ length: 65 }, () =>
    registry.ask("often", {}, { timeoutMs: 1_000, expected: ["edge-1"] }),
  );
  const outcomes = await Promise.allSettled(asked);
  assert.equal(outcomes.filter(({ status }) => status === "rejected").length, 1);
  await assert.rejects(registry.ask("no such.name", {}, { timeoutMs: 100, expected: [] }));
  stop();
});
