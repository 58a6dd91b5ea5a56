import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { Tokens } from "#shared/messages/to-session.ts";
import type { Start } from "#shared/messages/to-worker.ts";
import { readResumeTerms } from "#shared/model/resume-terms.ts";
import { nothingExecuted } from "#shared/model/usage.ts";
import { tableVocabulary } from "#shared/tokenizer/token-table.ts";
import { Scene } from "./session-scene.cases.ts";

const words = ["the", " house", "<end>", Buffer.of(0xe2, 0x82), Buffer.of(0xac), "st", "op", "!"];
const vocabulary = tableVocabulary({
  name: "tiny",
  entries: words.map((word) =>
    word === "<end>" ? { kind: "special" } : { kind: "text", bytes: Buffer.from(word) },
  ),
  endIds: new Set([2]),
});
const start = ["queued", "granted", "started"];

function sceneOf(...commands: readonly string[]): Scene {
  const scene = new Scene(commands[0]?.startsWith("resume") === true ? "x1" : "r1", (name) =>
    name === vocabulary.name ? vocabulary : undefined,
  );
  for (const command of commands) scene.run(command);
  return scene;
}

/** What the client is sent for these tokens, which are all there are. */
function shown(scene: Scene, tokens: readonly number[]): readonly ToClient[] {
  const frame: Tokens = {
    kind: "tokens",
    requestId: "r1" as Tokens["requestId"],
    attempt: 1,
    firstIndex: 0,
    tokens,
    end: { reason: "stop", totals: { ...nothingExecuted, outputTokens: tokens.length } },
  };
  return scene
    .receive(frame)
    .flatMap((effect) =>
      effect.kind === "send" && effect.to.startsWith("client/") ? [effect.message as ToClient] : [],
    );
}

const textOf = (messages: readonly ToClient[]): string =>
  messages.map((message) => (message.kind === "output" ? message.text : "")).join("");

const lastOf = (messages: readonly ToClient[]): unknown => {
  const last = messages.at(-1);
  return last?.kind === "completed" ? [last.reason, last.outputTokens] : last;
};

test("output is read in the vocabulary that the request names: its control tokens are not shown", () => {
  const messages = shown(sceneOf("open tokenizer=tiny", ...start), [0, 1, 3, 4, 7, 2]);
  assert.equal(textOf(messages), "the house€!");
  assert.deepEqual(lastOf(messages), ["stop", 6]);
});

test("a stop string is found in that vocabulary's text", () => {
  const messages = shown(sceneOf("open tokenizer=tiny stop=stop", ...start), [0, 1, 5, 6, 7]);
  assert.equal(textOf(messages), "the house");
  assert.deepEqual(lastOf(messages), ["stop", 2]);
});

test("who takes a stream over reads it as it was begun", () => {
  const scene = sceneOf("resume after=0", "located worker=w-1", "attached tokenizer=tiny");
  assert.equal(textOf(shown(scene, [0, 1, 2])), " house");
});

test("an edge that cannot read the output does not begin, nor take over", () => {
  const scene = sceneOf();
  scene.run("open tokenizer=other");
  assert.match(scene.lines.join("\n"), /to client\/e1\/r1: failed .*engine_unavailable/);
  assert.ok(scene.isFinished);
  const taking = sceneOf("resume after=0", "located worker=w-1");
  taking.lines = [];
  taking.run("attached tokenizer=other");
  assert.match(taking.lines.join("\n"), /failed .*resume_gone/);
});

test("who goes on with a stream elsewhere leaves the vocabulary's name there, too", () => {
  const begun = ["attached tokenizer=tiny", "granted", "worker-lost"];
  const scene = sceneOf("resume after=0", "located worker=w-1", ...begun);
  const effects = scene.receive(scene.message("granted attempt=2 worker=w-2"));
  const [start] = effects.flatMap((effect) =>
    effect.kind === "send" && effect.to === "worker/w-2" ? [effect.message as Start] : [],
  );
  assert.equal(readResumeTerms(start?.resumeTerms)?.tokenizer, vocabulary.name);
});
