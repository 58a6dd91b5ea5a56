// The clients, in a process of their own: each asks one thing after the other and, when refused, waits as long as it is
// told to, but two seconds at most. It ends with its parent.

import { Agent, request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answered } from "./admissions.ts";
import type { ClientsSettings, FromClients, ToClients } from "./client-words.ts";
import { machineMs } from "./machine-clock.ts";

const pauseMsMax = 2000;
const brokenPauseMs = 500;
const answerWithinMs = 60_000;
const lateEveryMs = 100;

const refused: Record<string, number> = {};
const answered: Answered[] = [];
let broken = 0;
let lateMsMax = 0;
const stopping = new AbortController();

type Outcome =
  | { readonly kind: "completed"; readonly requestId: string }
  | { readonly kind: "refused"; readonly code: string; readonly pauseMs: number }
  | { readonly kind: "broken" };

let serial = 0;

/** Prompts differ, or the prefix cache answers. */
function bodyOf({ promptTokens, outputTokens }: ClientsSettings): string {
  serial += 1;
  const head = `${serial} `.padStart(12, "0");
  const prompt = `${head}${"word".repeat(promptTokens)}`.slice(0, promptTokens * 4);
  const max = { max_tokens: outputTokens, ignore_eos: true };
  return JSON.stringify({ model: "llama-3.1-8b", prompt, ...max });
}

function ask(url: string, agent: Agent, settings: ClientsSettings): Promise<Outcome> {
  const body = bodyOf(settings);
  return new Promise((resolve) => {
    const call = httpRequest(
      `${url}/v1/completions`,
      {
        method: "POST",
        agent,
        timeout: answerWithinMs,
        headers: {
          authorization: `Bearer ${settings.key}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          if (text.length < 4096) text += chunk;
        });
        response.on("error", () => resolve({ kind: "broken" }));
        response.on("close", () => {
          if (response.statusCode === 200) {
            const requestId = String(response.headers["x-request-id"]);
            return resolve({ kind: "completed", requestId });
          }
          const code = codeOf(text) ?? `${response.statusCode}`;
          const pauseMs = Number(response.headers["retry-after-ms"] ?? brokenPauseMs);
          resolve({ kind: "refused", code, pauseMs });
        });
      },
    );
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve({ kind: "broken" }));
    call.end(body);
  });
}

function codeOf(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error?: { readonly code?: string } };
    return error?.code;
  } catch {
    return undefined;
  }
}

async function client(url: string, agent: Agent, settings: ClientsSettings): Promise<void> {
  while (!stopping.signal.aborted) {
    const askedMs = machineMs();
    const outcome = await ask(url, agent, settings);
    if (outcome.kind === "completed") answered.push({ requestId: outcome.requestId, askedMs });
    else if (outcome.kind === "broken") {
      broken += 1;
      await sleep(brokenPauseMs);
    } else {
      refused[outcome.code] = (refused[outcome.code] ?? 0) + 1;
      await sleep(Math.min(outcome.pauseMs, pauseMsMax));
    }
  }
}

async function run(settings: ClientsSettings): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const watch = watchLateness();
  const clients = settings.urls.flatMap((url) =>
    Array.from({ length: settings.clientsPerEdge }, () => client(url, agent, settings)),
  );
  await Promise.all(clients);
  clearInterval(watch);
  agent.destroy();
  const said: FromClients = {
    kind: "stopped",
    counts: { completed: answered.length, refused, broken, lateMsMax },
    answered,
  };
  process.send?.(said);
}

function watchLateness(): NodeJS.Timeout {
  let dueMs = performance.now() + lateEveryMs;
  return setInterval(() => {
    const nowMs = performance.now();
    lateMsMax = Math.max(lateMsMax, Math.round(nowMs - dueMs));
    dueMs = nowMs + lateEveryMs;
  }, lateEveryMs);
}

process.on("message", (told: ToClients) => {
  if (told.kind === "begin") void run(told.settings);
  else stopping.abort();
});
process.on("disconnect", () => process.exit(0));
