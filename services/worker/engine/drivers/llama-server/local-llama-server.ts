// Starts the llama-server that `deploy/local/llama-server.sh` built, with tiny models, for tests and benchmarks. The
// product never starts an engine: its operator does.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { TinyModels } from "#services/worker/engine/drivers/tiny-models/tiny-models.ts";

const built = fileURLToPath(new URL("../../../../../.servers/llama/llama-server", import.meta.url));
const program = process.env["FAIRLEAD_LLAMA_SERVER"] ?? built;

/** Why a test that needs it is skipped; false: it is there. */
export const withoutLlamaServer: string | false = existsSync(program)
  ? false
  : "llama-server is not built: sh deploy/local/llama-server.sh";

export interface LlamaServerWish extends TinyModels {
  readonly slots: number;
  /** Of each slot. */
  readonly contextTokens: number;
  readonly port?: number;
  readonly flags?: readonly string[];
}

export interface LocalLlamaServer {
  readonly url: string;
  readonly port: number;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when it has ended. */
  stop(): Promise<void>;
}

const readyWithinMs = 20_000;

/** Resolves when it is ready to complete. */
export async function startLlamaServer(wish: LlamaServerWish): Promise<LocalLlamaServer> {
  const { model, adapters, slots, contextTokens, flags = [] } = wish;
  const port = wish.port ?? (await freePort());
  const lora =
    adapters.length === 0
      ? []
      : ["--lora-scaled", adapters.map(({ path }) => `${path}:0`).join(",")];
  const size = ["-np", `${slots}`, "-c", `${slots * contextTokens}`, "-t", "1", "-tb", "1"];
  const quiet = ["--no-warmup", "--no-ui", "--metrics", "--slots", "--cache-ram", "0"];
  const place = ["-m", model, "--host", "127.0.0.1", "--port", `${port}`];
  const child = spawn(program, [...place, ...size, ...quiet, ...lora, ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (const startedAtMs = performance.now(); !(await isReady(url)); await sleep(20)) {
    if (child.exitCode === null && performance.now() - startedAtMs < readyWithinMs) continue;
    child.kill("SIGKILL");
    throw new Error(`llama-server is not ready:\n${said}`);
  }
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  return { url, port, kill, stop: () => end(child, ended) };
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill("SIGCONT");
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await ended;
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    ({ ok }) => ok,
    () => false,
  );

/** Free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
