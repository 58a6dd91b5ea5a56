import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { test } from "node:test";
import { Scene } from "./session-scene.cases.ts";

const folder = new URL("./transcripts/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.startsWith("session-"))) {
  test(`transcript ${file}`, () => {
    const scene = new Scene(/^session-(resume|named)/.test(file) ? "x1" : "r1");
    const text = readFileSync(new URL(file, folder), "utf8");
    const played = `${text
      .trimEnd()
      .split("\n\n")
      .map((block) => play(scene, block))
      .join("\n\n")}\n`;
    // REWRITE=1 writes what was said; the change is then reviewed like code.
    if (env["REWRITE"] === "1") writeFileSync(new URL(file, folder), played);
    assert.equal(played, env["REWRITE"] === "1" ? played : text);
  });
}

test("a session that slept over its deadline starts nothing any more", () => {
  const scene = new Scene();
  for (const command of ["open timeout=1000", "queued"]) scene.run(command);
  const granted = (): readonly string[] => {
    scene.lines = [];
    scene.run("granted");
    return scene.lines;
  };
  // What had arrived meanwhile comes before the timer.
  scene.nowMs = 1000;
  assert.deepEqual(granted(), ['note session.stale why="deadline" message="granted"']);
  scene.nowMs = 999;
  assert.match(granted().join(), /to worker\/w-1: start/);
});

function play(scene: Scene, block: string): string {
  const [commands = ""] = block.split("\n----");
  scene.lines = [];
  for (const command of commands.split("\n")) if (!command.startsWith("#")) scene.run(command);
  const said = scene.lines.length === 0 ? ["(nothing)"] : scene.lines;
  return `${commands}\n----\n${said.join("\n")}`;
}
