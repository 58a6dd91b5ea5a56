// A file system of its own under a folder, so small that it can be filled; where this account may mount one.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export interface SmallFileSystem {
  readonly place: string;
  unmount(): void;
}

/** Undefined: this account may not. */
export function smallFileSystem(folder: string): SmallFileSystem | undefined {
  const place = join(folder, "small");
  mkdirSync(place);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=128k", "tmpfs", place], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  return { place, unmount: () => void execFileSync("umount", ["-l", place]) };
}
