import assert from "node:assert/strict";
import { after, test } from "node:test";
import { letterOf } from "#shared/bus/dead-letters.cases.ts";
import { KnownSuspects, noteSuspects, suspectDigest } from "#shared/coordination/suspects.ts";
import type { Suspect } from "#shared/messages/to-coordination.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const api = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
after(async () => {
  await api.close();
  platform.store.close();
});

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

const suspect: Suspect = {
  tenant: "acme",
  namespace: "n",
  promptDigest: "p",
  parameters: "50",
  isAlone: true,
  outputIndex: 0,
  worker: "w1",
};
const poison = letterOf({
  requestId: "ab".repeat(16) as RequestId,
  arrivedAtEpochMs: Date.UTC(2026, 10, 29, 7, 0, 0),
  digest: suspectDigest(suspect),
});
const late = letterOf({
  tenant: "bolt" as TenantId,
  cause: "deadline_passed",
  engineCrashes: 0,
  arrivedAtEpochMs: Date.UTC(2026, 10, 29, 7, 1, 0),
});

test("without any, the list says so", async () => {
  assert.deepEqual(await fairlead("dlq", "list"), { code: 0, out: "no dead letters" });
});

test("list tells each, newest first; of one tenant if asked", async () => {
  await platform.deadLetters.write(poison);
  await platform.deadLetters.write(late);
  const { code, out } = await fairlead("dlq", "list");
  assert.equal(code, 0);
  const [head = "", first = "", second = ""] = out.split("\n");
  assert.match(head, /^REQUEST +DIED +TENANT +MODEL +CAUSE +ATTEMPTS +CRASHES +PROMPT +DIGEST$/);
  assert.match(first, /bolt +m +deadline_passed +3 +0/);
  assert.match(
    second,
    /^(ab)+ +2026-11-29T07:00:01.200Z +acme +m +request_crashes_engine +3 +3 +7/,
  );
  const own = await fairlead("dlq", "list", "--tenant", "acme", "--json");
  assert.deepEqual(JSON.parse(own.out), { deadLetters: [poison] });
});

test("show tells all that is kept, and that the prompt is not", async () => {
  const { code, out } = await fairlead("dlq", "show", `chatcmpl-${poison.requestId}`);
  assert.equal(code, 0);
  assert.match(out, /cause +request_crashes_engine\n/);
  assert.match(out, /asked for +max_tokens 50, temperature 0.5\n/);
  assert.match(out, /prompt +not kept$/);
});

test("replay lifts what is held against the request, and keeps the letter", async () => {
  const { store } = platform;
  for (const crash of ["a", "b", "c"]) {
    await new Promise((resolve) => {
      noteSuspects(store, { kind: "note-suspects", crash, suspects: [suspect] }, resolve);
    });
  }
  const known = new KnownSuspects(store);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(known.of(() => suspect)?.isGuilty, true);
  const { code, out } = await fairlead("dlq", "replay", poison.requestId);
  assert.equal(code, 0);
  assert.match(out, /its client may send it again$/);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(
    known.of(() => suspect),
    undefined,
  );
  known.stop();
  assert.equal((await fairlead("dlq", "show", poison.requestId)).code, 0);
  assert.equal((await fairlead("dlq", "replay", poison.requestId)).code, 0, "again does no harm");
});

test("drop forgets one; what is not there is said, and exits 1", async () => {
  assert.equal((await fairlead("dlq", "drop", late.requestId)).code, 0);
  for (const verb of ["show", "replay", "drop"]) {
    const { code, out } = await fairlead("dlq", verb, late.requestId);
    assert.equal(code, 1);
    assert.match(out, /No dead letter of request/);
  }
});

test("a wrong command line is told so, and exits 2", async () => {
  for (const words of [
    ["dlq"],
    ["dlq", "list", "x"],
    ["dlq", "show"],
    ["dlq", "burn", "x"],
    ["dlq", "drop", "x", "--tenant", "acme"],
    ["dlq", "list", "--limit", "0"],
    ["dlq", "list", "--since", "2026-01-01"],
  ]) {
    assert.equal((await fairlead(...words)).code, 2, words.join(" "));
  }
});
