// How soon a client's disconnect reaches the engine, in each of the four windows, and whether its sequence and
// blocks are free at the next step boundary. Told by the worker and engine themselves, through the request's story.

import { request as httpRequest } from "node:http";
import type { Target } from "./target.ts";
import { completionBody, newAgent } from "./target.ts";

export type AbortWindow = "queued" | "before-first-byte" | "mid-stream" | "non-streamed";

export interface Abort {
  readonly window: AbortWindow;
  /** Disconnect → stop received by the engine (queued: → the queue let go of it). */
  readonly reachedMs: number;
  /** Stop received → sequence and blocks free; 0 in the queue. */
  readonly freedMs: number;
}

interface StoryEntry {
  readonly event: string;
  readonly atEpochMs: number;
}

interface AbortPlan {
  readonly admin: string;
  readonly window: AbortWindow;
  /** Longest wait for the story to tell the end. */
  readonly patienceMs: number;
}

export async function measureAbort(target: Target, plan: AbortPlan): Promise<Abort> {
  const { requestId, leftAtEpochMs } = await callAndLeave(target, plan);
  const deadlineMs = performance.now() + plan.patienceMs;
  for (;;) {
    const story = await readStory(plan.admin, requestId);
    const at = (event: string): number | undefined =>
      story.find((entry) => entry.event === event)?.atEpochMs;
    const reached = plan.window === "queued" ? at("queue.settled") : at("engine.stop-received");
    const freed = plan.window === "queued" ? reached : at("engine.freed");
    if (reached !== undefined && freed !== undefined) {
      return {
        window: plan.window,
        reachedMs: reached - leftAtEpochMs,
        freedMs: freed - reached,
      };
    }
    if (performance.now() > deadlineMs) {
      const told = story.map((entry) => entry.event).join(", ");
      throw new Error(`${plan.window}: the abort of ${requestId} never arrived; its story: ${told}`);
    }
    await sleep(20);
  }
}
