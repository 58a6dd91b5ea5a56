// Does tasks here, one after the other, or in several threads at once, each on a core. What comes of a task is the same
// either way; only the order in which results come is not.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { PlantedTask, ResultOf, SeedTask } from "./simulation-task.ts";
import { doTask } from "./simulation-task.ts";

/** `tasks` is asked for the next only when there is somebody to do it. */
export async function runTasks<Task extends SeedTask | PlantedTask>(
  tasks: Iterator<Task>,
  jobs: number,
  take: (result: ResultOf<Task>) => void,
): Promise<void> {
  if (jobs > 1) await Promise.all(Array.from({ length: jobs }, () => workOff(tasks, take)));
  else
    for (let next = tasks.next(); next.done !== true; next = tasks.next()) take(doTask(next.value));
}

async function workOff<Task extends SeedTask | PlantedTask>(
  tasks: Iterator<Task>,
  take: (result: ResultOf<Task>) => void,
): Promise<void> {
  let next = tasks.next();
  if (next.done === true) return;
  const thread = new Worker(new URL("simulation-thread.ts", import.meta.url));
  try {
    while (next.done !== true) {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      thread.postMessage(next.value);
      // A thread that dies rejects this.
      const [result] = (await once(thread, "message")) as [ResultOf<Task>];
      take(result);
      next = tasks.next();
    }
  } finally {
    await thread.terminate();
  }
}
