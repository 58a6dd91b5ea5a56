import assert from "node:assert/strict";
import { test } from "node:test";
import { partZone } from "./part-zone.ts";

test("a host that cannot cut a zone off says what it lacks, before anything is touched", async (context) => {
  const { PATH } = process.env;
  context.after(() => {
    process.env["PATH"] = PATH;
  });
  process.env["PATH"] = "/nowhere";
  // Were the folder looked at, it would be missed.
  await assert.rejects(
    partZone("/nowhere", "eu-b"),
    /^Error: a zone cannot be cut off on this host \(spawn unshare ENOENT\): it takes Linux, root, unshare/,
  );
});
