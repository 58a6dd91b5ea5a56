// A thread that does one task after the other, as it is given them.

import { parentPort } from "node:worker_threads";
import type { PlantedTask, SeedTask } from "./simulation-task.ts";
import { doTask } from "./simulation-task.ts";

parentPort?.on("message", (task: SeedTask | PlantedTask) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(doTask(task));
});
