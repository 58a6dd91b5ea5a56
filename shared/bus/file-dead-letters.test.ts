import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { deadLettersCases, letterOf } from "./dead-letters.cases.ts";
import { letterKeptMs } from "./dead-letters.ts";
import { FileDeadLetters } from "./file-dead-letters.ts";

const folder = mkdtempSync(join(tmpdir(), "fairlead-letters-"));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const freshPath = (): string => join(folder, `${++files}.jsonl`);

deadLettersCases("in memory", async () => new FileDeadLetters({}));
deadLettersCases("in a file", async () => new FileDeadLetters({ path: freshPath() }));

test("letters outlive a restart, dropped ones do not, and a torn line harms nothing", async () => {
  const path = freshPath();
  const [kept, dropped, late] = [letterOf(), letterOf(), letterOf()];
  const letters = new FileDeadLetters({ path });
  await letters.write(kept);
  await letters.write(dropped);
  await letters.drop(dropped.requestId);
  appendFileSync(path, '{"letter":{"requestId":"to');
  const again = new FileDeadLetters({ path });
  assert.deepEqual(await again.list({ limit: 10 }), [kept]);
  await again.write(late);
  assert.deepEqual(await new FileDeadLetters({ path }).list({ limit: 10 }), [late, kept]);
});

test("the oldest go first: beyond the number, and beyond the age", async () => {
  let nowMs = 1_000_000_000_000;
  const path = freshPath();
  const letters = new FileDeadLetters({ path, epochMs: () => nowMs, lettersAtMost: 3 });
  const written = Array.from({ length: 20 }, (_, index) =>
    letterOf({ arrivedAtEpochMs: nowMs + index }),
  );
  for (const letter of written) await letters.write(letter);
  assert.deepEqual(await letters.list({ limit: 10 }), written.slice(-3).toReversed());
  assert.ok(readFileSync(path, "utf8").split("\n").length <= 9, "the file is bounded too");
  nowMs += letterKeptMs + 18;
  assert.deepEqual(await letters.list({ limit: 10 }), written.slice(-2).toReversed());
});
