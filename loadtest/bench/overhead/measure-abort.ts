// How soon a client's disconnect reaches the engine, in each of the four windows, and whether its sequence and
// blocks are free at the next step boundary. Told by the worker and engine themselves, through the request's story.

import { request as httpRequest } from "node:http";
import { narrowConcurrency, narrowTenant } from "./bench-fleet.ts";
import type { Platform } from "./stage.ts";
import type { Target } from "./target.ts";
import { completionBody } from "./target.ts";

export type AbortWindow = "queued" | "before-first-byte" | "mid-stream" | "non-streamed";

export const abortWindows: readonly AbortWindow[] = [
  "queued",
  "before-first-byte",
  "mid-stream",
  "non-streamed",
];

export interface Abort {
  readonly window: AbortWindow;
  /** Disconnect → stop received by the engine (queued: → the queue has let go of it). */
  readonly reachedMs: number;
  /** Stop received → sequence and blocks free; 0 in the queue. */
  readonly freedMs: number;
}

interface AbortPlan {
  readonly admin: string;
  readonly tenant: string;
  readonly window: AbortWindow;
}

interface Stage {
  readonly event: string;
  readonly atEpochMs: number;
}

/** Prompt and moment of leaving: prefill of 16,000 tokens takes over 300 ms in eight chunks. */
const shapes = {
  queued: { promptTokens: 20, isStreamed: true, leaveAfterMs: 40 },
  "before-first-byte": { promptTokens: 16_000, isStreamed: true, leaveAfterMs: 60 },
  "mid-stream": { promptTokens: 20, isStreamed: true, leaveAfterMs: 120 },
  "non-streamed": { promptTokens: 20, isStreamed: false, leaveAfterMs: 120 },
} as const;

const storyPatienceMs = 5000;

/** So many in each window, one after the other. */
export async function measureAborts(
  { target, narrow, admin }: Platform,
  perWindow: number,
): Promise<readonly Abort[]> {
  const aborts: Abort[] = [];
  for (const window of abortWindows) {
    const isQueued = window === "queued";
    const release = isQueued ? await occupy(narrow, narrowConcurrency) : undefined;
    const plan = { admin, window, tenant: isQueued ? narrowTenant : "wide" };
    for (let count = 0; count < perWindow; count++) {
      aborts.push(await measureAbort(isQueued ? narrow : target, plan));
    }
    release?.();
  }
  return aborts;
}

/** For `queued` the tenant must be at its concurrency limit already. */
async function measureAbort(target: Target, plan: AbortPlan): Promise<Abort> {
  const { window, admin, tenant } = plan;
  const before = await newestRequest(admin, tenant);
  const leftAtEpochMs = await callAndLeave(target, window);
  const deadlineMs = performance.now() + storyPatienceMs;
  for (;;) {
    const requestId = await newestRequest(admin, tenant);
    const stages = requestId === before ? [] : await readStages(admin, requestId);
    const at = (event: string): number | undefined =>
      stages.find((stage) => stage.event === event)?.atEpochMs;
    const reached = window === "queued" ? at("queue.settled") : at("engine.stop-received");
    const freed = window === "queued" ? reached : at("engine.freed");
    if (reached !== undefined && freed !== undefined) {
      return { window, reachedMs: reached - leftAtEpochMs, freedMs: freed - reached };
    }
    if (performance.now() > deadlineMs) {
      const told = stages.map((stage) => stage.event).join(", ");
      throw new Error(`${window}: the abort of ${requestId} never arrived; its story: ${told}`);
    }
    await sleep(20);
  }
}

/** Resolves with the moment of leaving: this host's wall clock, which the platform's stories use too. */
function callAndLeave(target: Target, window: AbortWindow): Promise<number> {
  const { promptTokens, isStreamed, leaveAfterMs } = shapes[window];
  return new Promise((resolve, reject) => {
    const request = openCall(target, { promptTokens, isStreamed });
    request.on("error", () => undefined);
    request.on("response", (response) => {
      response.resume();
      if (window === "queued" || window === "before-first-byte" || window === "non-streamed") {
        reject(new Error(`${window}: answered with ${response.statusCode} before the client left`));
      }
    });
    setTimeout(() => {
      resolve(performance.timeOrigin + performance.now());
      request.destroy();
    }, leaveAfterMs);
  });
}

interface CallShape {
  readonly promptTokens: number;
  readonly isStreamed: boolean;
}

function openCall(target: Target, { promptTokens, isStreamed }: CallShape) {
  const request = httpRequest(`${target.url}/v1/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${target.key}`, "content-type": "application/json" },
    agent: false,
  });
  request.end(completionBody({ promptTokens, outputTokens: 4000, isStreamed }));
  return request;
}

/** Long streams that take up a tenant's concurrency. Resolves once all run; call the result to end them. */
async function occupy(target: Target, streams: number): Promise<() => void> {
  const calls = await Promise.all(
    Array.from(
      { length: streams },
      () =>
        new Promise<ReturnType<typeof openCall>>((resolve, reject) => {
          const call = openCall(target, { promptTokens: 20, isStreamed: true });
          call.on("error", reject);
          call.on("response", (response) => {
            response.on("error", () => undefined);
            response.resume();
            resolve(call);
          });
        }),
    ),
  );
  return () => {
    for (const call of calls) call.destroy();
  };
}

async function newestRequest(admin: string, tenant: string): Promise<string> {
  const { requests } = (await getJson(`${admin}/admin/v1/requests?tenant=${tenant}&limit=1`)) as {
    requests: readonly { readonly requestId: string }[];
  };
  return requests[0]?.requestId ?? "";
}

async function readStages(admin: string, requestId: string): Promise<readonly Stage[]> {
  const story = (await getJson(`${admin}/admin/v1/requests/${requestId}`)) as {
    stages: readonly Stage[];
  };
  return story.stages;
}

async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.json();
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
