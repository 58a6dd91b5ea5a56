import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEvictionDefect, whyUnusable } from "./vllm-version.ts";

test("versions that return no token ids are refused, what is built from source is probed", () => {
  for (const old of ["0.9.1", "0.10.1", "v0.10.1.1"])
    assert.match(whyUnusable(old) ?? "", /0\.10\.2/);
  for (const fit of [
    "0.10.2",
    "0.11.0",
    "0.32.0",
    "1.0.0",
    "dev",
    "0.26.1rc1.dev1219+g46638857f",
  ]) {
    assert.equal(whyUnusable(fit), undefined, fit);
  }
});

test("versions that are not known to be mended are taken as defective", () => {
  for (const version of ["0.22.1", "0.24.0", "dev"]) assert.ok(hasEvictionDefect(version), version);
  for (const version of ["0.25.0", "0.32.0"]) assert.ok(!hasEvictionDefect(version), version);
});
