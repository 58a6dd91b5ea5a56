// Where the processes of one checkout keep what Node made of its sources, so that the first strips and compiles for all:
// half of the processor time that one of ours takes to start. Node itself sees to it that a changed file is made anew.

import { join } from "node:path";

const directory = join(
  import.meta.dirname,
  "..",
  "..",
  "node_modules",
  ".cache",
  "fairlead",
  "compiled",
);

/** For the environment of a process that is started. */
export const compileCache: Readonly<Record<"NODE_COMPILE_CACHE", string>> = {
  NODE_COMPILE_CACHE: directory,
};
