import assert from "node:assert/strict";
import { test } from "node:test";
import { isCritical, placeOfBusId, xidOf } from "./xid-line.ts";

// Lines in the form of NVIDIA's Xid documentation, in records as Linux documents them for /dev/kmsg; not recorded.

test("a record of the kernel says which GPU and which XID", () => {
  const record =
    "4,1339,5140900,-;NVRM: Xid (PCI:0000:1b:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.";
  assert.deepEqual(xidOf(record), { place: "0:27:0", xid: 79 });
  assert.equal(xidOf(record)?.place, placeOfBusId("00000000:1B:00.0"));
});

test("older forms, slices and continuation lines", () => {
  assert.equal(xidOf("4,1,1,-;NVRM: Xid (0000:01:00): 13, 0005 00000000")?.xid, 13);
  assert.equal(xidOf("4,1,1,-;NVRM: Xid (PCI:0000:1b:00 GPU-I:05): 94, Contained")?.xid, 94);
  assert.equal(xidOf(" SUBSYSTEM=pci"), undefined);
  assert.equal(xidOf("4,1,1,-;NVRM: loading NVIDIA UNIX Open Kernel Module"), undefined);
  assert.equal(xidOf("4,1,1,-;NVRM: Xid (PCI:0000:1b:00): 79000, no such number"), undefined);
});

test("what a program wrote there is not the kernel's word", () => {
  assert.equal(xidOf("12,1,1,-;NVRM: Xid (PCI:0000:1b:00): 79, me"), undefined);
});

test("a name that a user chose is not the driver's word, wherever the kernel quotes it", () => {
  const name = "NVRM: Xid (PCI:0000:1b:00): 79";
  for (const text of [
    `oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/user.slice/${name},task=sh,pid=1,uid=1000`,
    `overlayfs: unrecognized mount option "${name}" or missing value`,
    ` ${name}`,
    `x;${name}`,
    `${name.slice(0, 15)}[7]: segfault at 0 ip 0 sp 0 error 4: ${name}`,
  ])
    assert.equal(xidOf(`6,1,1,-;${text}`), undefined, text);
});

test("what is no bus id is no place", () => {
  for (const text of ["", "[GPU is lost]", "1b:00.0"]) assert.equal(placeOfBusId(text), undefined);
});

test("an application's errors are not the GPU's", () => {
  for (const xid of [13, 31, 43, 45, 68, 109]) assert.ok(!isCritical(xid), String(xid));
  for (const xid of [48, 79, 95]) assert.ok(isCritical(xid), String(xid));
});
