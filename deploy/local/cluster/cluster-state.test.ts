import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { identityOf } from "#deploy/local/processes/process-identity.ts";
import { isVacant } from "./cluster-folder.ts";
import type { ClusterMember, ClusterState } from "./cluster-state.ts";
import { readState, recordMember, writeState } from "./cluster-state.ts";

function emptyFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-state-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const stateIn = (folder: string): ClusterState => ({ version: 1, folder, asking: {}, members: [] });

const member = (name: string, pid: number): ClusterMember => ({
  name,
  role: "edge",
  zone: "eu-a",
  pid,
  startedAtTicks: "1",
  command: {
    name,
    zone: "eu-a",
    program: "node",
    args: [],
    environment: {},
    workingFolder: "/",
    logFile: "log",
    endSignal: "SIGTERM",
    endPatienceMs: 1,
    isDetached: true,
  },
});

test("a state is read as it was written, and no half of it is ever left", (context) => {
  const folder = emptyFolder(context);
  assert.equal(readState(folder), undefined);
  writeState(stateIn(folder));
  recordMember(folder, member("edge-a-1", 7));
  recordMember(folder, member("edge-b-1", 8));
  assert.deepEqual(readState(folder)?.members, [member("edge-a-1", 7), member("edge-b-1", 8)]);
  assert.deepEqual(readdirSync(folder), ["state.json"]);
});

test("a process that was started again takes the place of the one before", (context) => {
  const folder = emptyFolder(context);
  writeState(stateIn(folder));
  recordMember(folder, member("edge-a-1", 7));
  recordMember(folder, member("edge-b-1", 8));
  recordMember(folder, member("edge-a-1", 9));
  assert.deepEqual(
    readState(folder)?.members.map(({ pid }) => pid),
    [9, 8],
  );
});

test("a state of another form, of another folder, or no state at all is not taken for one", (context) => {
  const folder = emptyFolder(context);
  const { members: _, ...memberless } = stateIn(folder);
  const elsewhere = stateIn("/elsewhere");
  const foreign = [memberless, elsewhere].map((state) => JSON.stringify(state));
  for (const text of ["{", "7", "null", "{}", ...foreign]) {
    writeFileSync(join(folder, "state.json"), text);
    assert.throws(() => readState(folder), /is not the state of a fleet/, text);
  }
});

test("a folder is vacant when nothing is in it, and a stranger's things are never taken for a fleet's", (context) => {
  const folder = emptyFolder(context);
  assert.equal(isVacant(join(folder, "absent")), true);
  assert.equal(isVacant(folder), true);
  writeFileSync(join(folder, "letter.txt"), "dear");
  assert.throws(() => isVacant(folder), /holds something else than a fleet/);
  assert.throws(() => isVacant(join(folder, "letter.txt")), /not a folder of yours/);
});

test("what a dead fleet left is in the way, but may go; a living one is refused", (context) => {
  const folder = emptyFolder(context);
  writeState({ ...stateIn(folder), members: [member("edge-a-1", process.pid)] });
  assert.equal(isVacant(folder), false, "the pid lives, but as another process");
  const starter = { pid: process.pid, startedAtTicks: "1" };
  writeState({ ...stateIn(folder), starter });
  assert.equal(isVacant(folder), false, "a starter that crashed");
  const alive = identityOf(process.pid) ?? assert.fail("this process lives");
  writeState({ ...stateIn(folder), starter: alive });
  assert.throws(() => isVacant(folder), /is just starting a fleet/);
  writeState({ ...stateIn(folder), members: [{ ...member("edge-a-1", 0), ...alive }] });
  assert.throws(() => isVacant(folder), /a fleet runs in .* already/);
});
