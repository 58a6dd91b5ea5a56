import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { FileSystem } from "./file-system.ts";
import { realFileSystem } from "./file-system.ts";
import { startHouse, until } from "./house.cases.ts";
import { openOutboxFolder } from "./open-folder.ts";
import { smallFileSystem } from "./small-file-system.cases.ts";

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "outbox-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const idsOf = (count: number, prefix = "r"): string[] =>
  [...Array(count).keys()].map((at) => `${prefix}${at}`);

test("what a process kept and the ledger did not have, its next life brings there; then nothing is left", async (context) => {
  const folder = folderFor(context);
  const first = startHouse(folder);
  first.ledgerIsAway = true;
  idsOf(1200).forEach(first.use);
  await until("kept", () => first.isKept());
  await first.kill();
  const second = startHouse(folder);
  await until("brought", () => second.stored.size === 1200);
  await until("trimmed", () => readdirSync(folder).length === 0);
  assert.equal(second.pending(), 0);
  await second.kill();
});

test("the last word of GPU time that was kept survives its process, once, however often it is brought", async (context) => {
  const folder = folderFor(context);
  const first = startHouse(folder);
  first.ledgerIsAway = true;
  for (const outsideUs of [500_000, 1_000_000, 1_500_000]) first.runGpu(outsideUs);
  await until("kept", () => first.isKept());
  await first.kill();
  // Its next life brings it too, and is killed before it hears that it is stored.
  const second = startHouse(folder);
  second.ledgerIsAway = true;
  await until("brought", () => second.outbox().phase === "open");
  await second.kill();
  const third = startHouse(folder);
  await until("stored", () => third.gpuTimes.size === 1);
  const [entry] = third.gpuTimes.values();
  assert.equal(entry?.outsideUs, 1_500_000);
  assert.equal(entry.lines.idleUs, 1_500_000);
  await until("trimmed", () => readdirSync(folder).length === 0);
  await third.kill();
});

test("an end that a crash has torn is cut off, and what was durable before it is brought", async (context) => {
  const folder = folderFor(context);
  const first = startHouse(folder);
  first.ledgerIsAway = true;
  idsOf(10).forEach(first.use);
  await until("kept", () => first.isKept());
  await first.kill();
  const [name = ""] = readdirSync(folder);
  appendFileSync(join(folder, name), "FLU1\x40\0\0\0half");
  const second = startHouse(folder);
  await until("brought", () => second.stored.size === 10);
  assert.ok(second.notes.includes("outbox.left-over"));
  await second.kill();
});

test("pieces that nobody can read are put aside, and do not hold up the rest", async (context) => {
  const folder = folderFor(context);
  const first = startHouse(folder);
  first.ledgerIsAway = true;
  idsOf(1).forEach(first.use);
  await until("kept", () => first.isKept());
  await first.kill();
  const [name = ""] = readdirSync(folder);
  const kept = await realFileSystem.read(join(folder, name));
  writeFileSync(join(folder, name), Buffer.concat([Buffer.from("not usage"), kept]));
  const second = startHouse(folder);
  await until("brought", () => second.stored.has("r0"));
  await until("trimmed", () => readdirSync(folder).length === 1);
  assert.deepEqual(readdirSync(folder), [`${name}.damaged`]);
  await second.kill();
});

/** Calls of one kind fail while it is on. */
function failing(call: "sync" | "write" | "open", code: string) {
  const trouble = { isOn: false, failures: 0 };
  const fail = async (): Promise<never> => {
    trouble.failures++;
    throw Object.assign(new Error(code), { code });
  };
  const real = realFileSystem;
  const system: FileSystem = {
    ...realFileSystem,
    open: (path) => (trouble.isOn && call === "open" ? fail() : real.open(path)),
    write: async (descriptor, bytes) => {
      if (!trouble.isOn || call !== "write") return real.write(descriptor, bytes);
      // As a disk does that fills up: a part of it is there.
      await real.write(descriptor, bytes.subarray(0, 7));
      return fail();
    },
    sync: (descriptor) => (trouble.isOn && call === "sync" ? fail() : real.sync(descriptor)),
  };
  return { trouble, system };
}

for (const [call, code, words] of [
  ["sync", "EIO", /input\/output error/],
  ["write", "ENOSPC", /no space is left/],
  ["open", "EROFS", /read-only/],
] as const) {
  test(`${code} on ${call}: closed, and with the disk back open again, every account on disk once more`, async (context) => {
    const folder = folderFor(context);
    const { trouble, system } = failing(call, code);
    const first = startHouse(folder, system);
    first.ledgerIsAway = true;
    idsOf(5, "before").forEach(first.use);
    await until("kept", () => first.isKept());
    // So that there is a file to be opened.
    if (call === "open") first.outbox().current = undefined;
    trouble.isOn = true;
    idsOf(5, "during").forEach(first.use);
    await until("closed", () => first.outbox().closedFor !== undefined);
    assert.match(first.outbox().closedFor ?? "", words);
    idsOf(5, "while-closed").forEach(first.use);
    await until("tried again", () => trouble.failures >= 2);
    trouble.isOn = false;
    await until("open again", () => first.notes.includes("outbox.open-again"));
    await until("kept", () => first.isKept());
    assert.equal(first.outbox().closedFor, undefined);
    await first.kill();
    const second = startHouse(folder);
    await until("brought", () => second.stored.size === 15);
    await until("trimmed", () => readdirSync(folder).length === 0);
    await second.kill();
  });
}

test("a folder has one process at a time, and one that is no folder is refused in words", (context) => {
  const folder = join(folderFor(context), "outbox");
  const lock = openOutboxFolder(folder);
  assert.throws(() => openOutboxFolder(folder), /FAIRLEAD_OUTBOX_FOLDER: cannot use .* in use by/);
  lock.release();
  openOutboxFolder(folder).release();
  writeFileSync(join(folder, "file"), "");
  assert.throws(
    () => openOutboxFolder(join(folder, "file")),
    /FAIRLEAD_OUTBOX_FOLDER: cannot use .*\/file: /,
  );
});

test("a file system that is really full: closed, and open again when there is room, with nothing lost", async (context) => {
  const parent = mkdtempSync(join(tmpdir(), "outbox-full-"));
  const small = smallFileSystem(parent);
  context.after(() => {
    small?.unmount();
    rmSync(parent, { recursive: true, force: true });
  });
  if (small === undefined) return context.skip("no file system may be mounted here");
  const first = startHouse(small.place);
  first.ledgerIsAway = true;
  idsOf(5, "before").forEach(first.use);
  await until("kept", () => first.isKept());
  const filler = join(small.place, "filler");
  assert.throws(() => writeFileSync(filler, Buffer.alloc(1024 * 1024)), /ENOSPC/);
  idsOf(20, "during").forEach(first.use);
  await until("closed", () => first.outbox().closedFor !== undefined);
  assert.match(first.outbox().closedFor ?? "", /no space is left/);
  idsOf(5, "while-closed").forEach(first.use);
  rmSync(filler);
  await until("open again", () => first.outbox().closedFor === undefined);
  await until("kept", () => first.isKept());
  await first.kill();
  const second = startHouse(small.place);
  await until("brought", () => second.stored.size === 30);
  await second.kill();
});
