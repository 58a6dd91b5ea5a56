// Runs the transcripts: lines of commands, `----`, the lines they must cause. UPDATE_TRANSCRIPTS=1 writes them anew, to be read.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runLine, startScriptedRouter } from "./scripted-router.ts";

const folder = fileURLToPath(new URL("transcripts/", import.meta.url));
const isUpdate = process.env["UPDATE_TRANSCRIPTS"] === "1";

/** The same story with what really happens after each `----`. */
function retell(story: string): string {
  const script = startScriptedRouter();
  return story
    .trimEnd()
    .split("\n\n")
    .map((block) => {
      const lines = block.split("\n");
      const divider = lines.indexOf("----");
      const asked = divider < 0 ? lines : lines.slice(0, divider);
      const effects = asked
        .filter((line) => !line.startsWith("#"))
        .flatMap((line) => runLine(script, line));
      return [...asked, "----", ...effects].join("\n");
    })
    .join("\n\n")
    .concat("\n");
}

for (const file of readdirSync(folder).filter((name) => name.endsWith(".txt"))) {
  const story = readFileSync(`${folder}${file}`, "utf8");
  const name = story.split("\n")[0]?.replace(/^# /, "") ?? file;
  test(`${file}: ${name}`, () => {
    const told = retell(story);
    if (isUpdate) writeFileSync(`${folder}${file}`, told);
    else assert.equal(told, story);
  });
}
