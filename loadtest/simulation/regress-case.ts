// Small cases that once failed, as files: `regress/SEED.json`, run again by every `npm test`. A case says its faults and
// its requests itself, so that it stays the same when seeds come to mean others.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SmallCase } from "./shrink-seed.ts";
import type { PlannedRequest } from "./workload.ts";
import { promptWith } from "./workload.ts";

export const regressFolder: string = join(import.meta.dirname, "regress");

interface WrittenCase extends Omit<SmallCase, "requests"> {
  readonly requests: readonly WrittenRequest[];
}

type WrittenRequest = Omit<PlannedRequest, "promptBytes" | "promptDigest" | "promptTokens"> & {
  readonly prompt: string;
};

/** Its path. */
export function saveCase(folder: string, small: SmallCase): string {
  const path = join(folder, `${small.seed}.json`);
  const written: WrittenCase = { ...small, requests: small.requests.map(writtenAs) };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(written, undefined, 2)}\n`);
  return path;
}

export const loadCases = (folder: string): readonly SmallCase[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => {
      const written = JSON.parse(readFileSync(join(folder, name), "utf8")) as WrittenCase;
      return { ...written, requests: written.requests.map(readAs) };
    });

function writtenAs(request: PlannedRequest): WrittenRequest {
  const { promptBytes, promptDigest: _digest, promptTokens: _tokens, ...others } = request;
  return { ...others, prompt: new TextDecoder().decode(promptBytes) };
}

function readAs({ prompt, ...others }: WrittenRequest): PlannedRequest {
  return { ...others, ...promptWith(new TextEncoder().encode(prompt)) };
}
