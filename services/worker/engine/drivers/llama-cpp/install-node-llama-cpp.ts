// Sees to it that node-llama-cpp is there: the first start with a model of one's own installs it, and says so.

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./node-llama-cpp.ts";

const script = fileURLToPath(
  new URL("../../../../../deploy/local/node-llama-cpp.sh", import.meta.url),
);

let installing: Promise<void> | undefined;

/** Once for the process, however many engines it has. Rejects with why it cannot be. */
export function installNodeLlamaCpp(): Promise<void> {
  if (isInstalled()) return Promise.resolve();
  installing ??= new Promise<void>((resolve, reject) => {
    const shell = spawn("sh", [script], { stdio: ["ignore", "inherit", "inherit"] });
    shell.once("error", reject);
    shell.once("exit", (code) => {
      installing = undefined;
      if (code === 0) return resolve();
      reject(new Error("node-llama-cpp could not be installed: see above"));
    });
  });
  return installing;
}
