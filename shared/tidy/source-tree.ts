// The files that tidy judges: everything git would commit, read once.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface SourceFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export const repositoryRoot: string = join(import.meta.dirname, "..", "..");

/** Tracked files and new ones that git does not ignore; generated code is left out. */
export function listFiles(): readonly string[] {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"],
    { cwd: repositoryRoot, encoding: "utf8" },
  );
  return listed.split("\n").filter((path) => path !== "" && !path.startsWith("proto/gen/"));
}

export function readSources(paths: readonly string[]): readonly SourceFile[] {
  return paths
    .filter((path) => path.endsWith(".ts") || path.endsWith(".md"))
    .flatMap((path) => {
      try {
        return [{ path, text: readFileSync(join(repositoryRoot, path), "utf8") }];
      } catch {
        return []; // deleted, not yet committed
      }
    });
}
