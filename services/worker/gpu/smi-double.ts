// A double of nvidia-smi, for tests: an executable that does what its test last said. Its lines are written after the program's
// documentation (smi-row.ts names it), not recorded from one.

import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SmiField } from "./smi-row.ts";
import { smiFields } from "./smi-row.ts";

export interface SmiDouble {
  readonly program: string;
  /** In its place a kernel log that can be written to. */
  readonly kernelLog: string;
  /** From now on: these lines, and this exit code. */
  says(lines: readonly string[], code?: number): void;
  /** From now on: whatever a shell makes of it. */
  does(script: string): void;
  /** What it was asked, once each time. */
  asked(): readonly string[];
  logs(record: string): void;
  remove(): void;
}

export function smiDouble(): SmiDouble {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-smi-"));
  const at = (name: string): string => join(folder, name);
  const program = at("nvidia-smi");
  writeFileSync(program, '#!/bin/sh\necho "$*" >> "$0.asked"\n. "$0.behaviour"\n');
  chmodSync(program, 0o755);
  writeFileSync(`${program}.asked`, "");
  writeFileSync(at("kmsg"), "");
  const does = (script: string): void => writeFileSync(`${program}.behaviour`, `${script}\n`);
  does("exit 0");
  return {
    program,
    kernelLog: at("kmsg"),
    does,
    says: (lines, code = 0) => {
      writeFileSync(`${program}.lines`, lines.map((line) => `${line}\n`).join(""));
      does(`cat "$0.lines"\nexit ${code}`);
    },
    asked: () => readFileSync(`${program}.asked`, "utf8").split("\n").slice(0, -1),
    logs: (record) => writeFileSync(at("kmsg"), `${record}\n`, { flag: "a" }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

const usual: Readonly<Record<SmiField, string>> = {
  index: "0",
  uuid: "GPU-11111111-2222-3333-4444-555555555555",
  "pci.bus_id": "00000000:1B:00.0",
  name: "NVIDIA H100 80GB HBM3",
  "utilization.gpu": "97",
  "memory.total": "81559",
  "memory.used": "71234",
  "power.draw": "612.34",
  "enforced.power.limit": "700.00",
  "ecc.errors.uncorrected.volatile.total": "0",
  "mig.mode.current": "Disabled",
  gpu_recovery_action: "None",
};

/** A line of `--format=csv,noheader,nounits`, of a GPU that is well but for these cells. */
export const smiLine = (cells: Partial<Record<SmiField, string>> = {}): string =>
  smiFields.map((field) => cells[field] ?? usual[field]).join(", ");

/** Every cell of a GPU that fell off the bus. */
export const lostLine: string = smiFields.map(() => "[GPU is lost]").join(", ");
