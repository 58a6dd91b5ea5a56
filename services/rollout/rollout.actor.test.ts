import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ScriptedRollout } from "./scripted-rollout.ts";

const folder = new URL("./transcripts/", import.meta.url);

function played(text: string): string {
  const scene = new ScriptedRollout();
  const blocks = text
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const [commands = ""] = block.split("\n----\n");
      scene.lines.length = 0;
      for (const command of commands.split("\n")) {
        if (!command.startsWith("#")) scene.run(command);
      }
      const said = scene.lines.length === 0 ? ["(nothing)"] : scene.lines;
      return `${commands}\n----\n${said.join("\n")}`;
    });
  return `${blocks.join("\n\n")}\n`;
}

for (const file of readdirSync(folder)) {
  test(`transcript ${file}`, () => {
    const text = readFileSync(new URL(file, folder), "utf8");
    if (process.env["UPDATE_TRANSCRIPTS"] === "1") {
      writeFileSync(new URL(file, folder), played(text));
      return;
    }
    assert.equal(played(text), text);
  });
}
