import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ScriptedWorker } from "./scripted-worker.ts";

// Each file begins with a placed worker whose engine is up, unless it says `bare` in its first line.
const opening = ["hide capacity block-report worker-up end-noted", "placed 7", "up"];

/** With TRANSCRIPTS=write the effects as they are now are written down, to be read and judged. */
const writes = process.env["TRANSCRIPTS"] === "write";

for (const file of readdirSync(new URL("./transcripts/", import.meta.url))) {
  test(`transcript ${file}`, () => {
    const url = new URL(`./transcripts/${file}`, import.meta.url);
    const text = readFileSync(url, "utf8");
    const scene = new ScriptedWorker();
    if (!text.startsWith("# bare")) for (const command of opening) scene.run(command);
    const played = text
      .trimEnd()
      .split("\n\n")
      .map((block) => play(scene, block))
      .join("\n\n");
    if (writes) writeFileSync(url, `${played}\n`);
    else assert.equal(`${played}\n`, text);
  });
}

function play(scene: ScriptedWorker, block: string): string {
  const [commands = ""] = block.split("\n----");
  scene.lines = [];
  for (const command of commands.split("\n")) {
    if (command !== "" && !command.startsWith("#")) scene.run(command);
  }
  return [commands, "----", ...scene.lines].join("\n");
}
