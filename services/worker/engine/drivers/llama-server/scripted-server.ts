// A llama-server of a few lines for what a real one does rarely: pages of HTML, refusals, silence, an end in the middle.
// What it answers when nothing is scripted was read off llama.cpp v0.5.0.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Asked) => void;

export interface Asked {
  readonly prompt: readonly number[];
  readonly stream: boolean;
  readonly n_predict: number;
  readonly cache_prompt: boolean;
  readonly id_slot: number;
}

export interface ScriptedServer {
  readonly url: string;
  /** By path: in place of what it would answer. */
  readonly script: Map<string, Answer>;
  /** Completions asked for, but those of no stream and few tokens that a probe asks. */
  readonly asked: Asked[];
}

export const json =
  (said: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(said));
  };

export const html: Answer = (_request, response) => {
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<!doctype html><title>It works</title>");
};

/** Takes the call and never answers. */
export const silence: Answer = () => undefined;

const slotCount = 2;

export const props: Readonly<Record<string, unknown>> = {
  default_generation_settings: { n_ctx: 4096 },
  total_slots: slotCount,
  build_info: "b1-scripted",
  model_path: "/models/scripted.gguf",
  media_marker: "<__media_1__>",
};

const paths = new Map<string, Answer>([
  ["/health", json({ status: "ok" })],
  ["/props", json(props)],
  ["/lora-adapters", json([])],
  ["/slots", json(Array.from({ length: slotCount }, (_, id) => ({ id, is_processing: false })))],
  ["/completion", complete],
]);

export const event = (said: object): string => `data: ${JSON.stringify(said)}\n\n`;

export const tokenEvent = (token: number, predicted: number): string =>
  event({ content: "x", tokens: [token], stop: false, tokens_predicted: predicted });

export const endEvent = (predicted: number): string =>
  event({
    stop: true,
    stop_type: "limit",
    tokens: [],
    tokens_predicted: predicted,
    "timings/cache_n": 0,
  });

export function beginStream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
}

/** Tokens 500, 501, 502, … */
function complete(_request: IncomingMessage, response: ServerResponse, asked: Asked): void {
  const { stream, n_predict } = asked;
  const tokens = Array.from({ length: n_predict }, (_, index) => 500 + index);
  if (stream) {
    beginStream(response);
    for (const [index, token] of tokens.entries()) response.write(tokenEvent(token, index + 1));
    response.end(endEvent(n_predict));
    return;
  }
  json({
    stop: true,
    stop_type: "limit",
    tokens,
    tokens_predicted: n_predict,
    "timings/cache_n": 0,
  })(_request, response, asked);
}

const probeTokensMax = 1;

export async function scriptedServer(context: TestContext): Promise<ScriptedServer> {
  const script = new Map<string, Answer>();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on("end", () => {
      const path = request.url ?? "";
      const body = (text === "" ? {} : JSON.parse(text)) as Asked;
      const isProbe = path !== "/completion" || (!body.stream && body.n_predict <= probeTokensMax);
      if (!isProbe) asked.push(body);
      const answer = isProbe && path === "/completion" ? undefined : script.get(path);
      (answer ?? paths.get(path) ?? json({}, 404))(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, script, asked };
}
