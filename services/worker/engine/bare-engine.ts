// The simulated engine alone behind an OpenAI-compatible HTTP server: the floor that every front door is measured
// against, and an upstream for a plain proxy. No tenants, limits or accounts: every call runs in one namespace, and
// what finds no slot waits in order of arrival, as engines do.

import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { randomBytes } from "node:crypto";
import type { Address } from "#shared/actor/actor.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import type { Host } from "#shared/actor/host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { SimulatedEngineSpec } from "#shared/model/fleet.ts";
import type { AdapterDigest, TenantId, WorkerId } from "#shared/model/ids.ts";
import { quadVocabulary } from "#shared/model/quad-tokenizer.ts";
import { bytesPerToken, detokenize, startDetokenizer } from "#shared/model/tokenizer.ts";
import type { Detokenizer } from "#shared/model/tokenizer.ts";
import {
  errorReply,
  firstEvent,
  lastEvents,
  startReply,
  textEvent,
  wholeReply,
} from "./bare-reply.ts";
import type { BareReply } from "./bare-reply.ts";
import { readCall } from "./bare-request.ts";
import type { BareCall } from "./bare-request.ts";
import { createSimulatedEngine } from "./simulated-engine.actor.ts";

export interface BareEngineOptions {
  /** 0: any free one. */
  readonly port: number;
  readonly spec: SimulatedEngineSpec;
  /** Whose oracle speaks: to compare text with the platform's, the tenant that calls it. */
  readonly tenant: string;
  /** The one model it lists; calls may name any. */
  readonly model: string;
}

export interface BareEngine {
  readonly port: number;
  close(): Promise<void>;
}

interface LiveCall {
  readonly reply: BareReply;
  readonly response: ServerResponse;
  readonly promptTokens: number;
  readonly detokenizer: Detokenizer;
  /** A reply that is not streamed grows here. */
  text: string;
  isFull: boolean;
}

const bodyBytesMax = 16 * 1024 * 1024;
const waitingMax = 20_000;
const worker = "bare" as WorkerId;
const self: Address = workerAddress(worker);
const engine: Address = engineAddress(worker);

class BareServer {
  readonly #options: BareEngineOptions;
  readonly #host: Host = createLocalHost();
  readonly #calls = new Map<string, LiveCall>();
  readonly #waiting = new Map<string, Run>();
  readonly #running = new Set<string>();
  readonly server: Server;

  constructor(options: BareEngineOptions) {
    this.#options = options;
    this.#host.register(createSimulatedEngine(options.spec));
    this.#host.attach("worker", (_to, _from, message) => this.#hear(message as ToWorker));
    this.#tell({ kind: "boot" });
    this.server = createServer((request, response) => this.#route(request, response));
    this.server.keepAliveTimeout = 60_000;
  }

  stop(): void {
    this.#host.stop();
  }

  #tell(message: ToEngine): void {
    this.#host.send(self, engine, message);
  }

  #hear(message: ToWorker): void {
    if (message.kind === "step") {
      for (const output of message.outputs) this.#output(output);
    } else if (message.kind === "sequence-stopped") {
      this.#leave(message.sequence);
    } else if (message.kind === "engine-refused") {
      const call = this.#calls.get(message.sequence);
      if (call !== undefined) refuse(call.response, 400, `The engine refused: ${message.reason}.`);
      this.#leave(message.sequence);
    }
  }

  #output({ sequence, tokens, end, totals }: StepOutput): void {
    const call = this.#calls.get(sequence);
    if (call === undefined) return;
    const { reply, response, promptTokens } = call;
    const text = detokenize(call.detokenizer, tokens);
    const usage = { promptTokens, totals };
    if (!reply.call.isStreamed) {
      call.text += text;
      if (end !== undefined) {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(wholeReply(reply, { text: call.text, reason: end }, usage));
      }
    } else if (text !== "" || end !== undefined) {
      const event = text === "" ? "" : textEvent(reply, text);
      if (end !== undefined) response.end(event + lastEvents(reply, end, usage));
      else if (!response.write(event) && !call.isFull) this.#hold(sequence, call);
    }
    if (end !== undefined) this.#leave(sequence);
  }

  /** The client's socket is full: the engine goes on when it has drained. */
  #hold(sequence: string, call: LiveCall): void {
    call.isFull = true;
    this.#tell({ kind: "pause", sequence });
    call.response.once("drain", () => {
      call.isFull = false;
      this.#tell({ kind: "resume", sequence });
    });
  }

  #leave(sequence: string): void {
    this.#calls.delete(sequence);
    if (!this.#running.delete(sequence)) return;
    const next = this.#waiting.entries().next();
    if (next.done === true) return;
    const [key, run] = next.value;
    this.#waiting.delete(key);
    this.#run(key, run);
  }

  #run(sequence: string, run: Run): void {
    this.#running.add(sequence);
    this.#tell(run);
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const { method, url } = request;
    if (method === "POST" && url === "/v1/chat/completions") this.#read("chat", request, response);
    else if (method === "POST" && url === "/v1/completions") this.#read("text", request, response);
    else if (method === "GET" && url === "/health") response.end("ok\n");
    else if (method === "GET" && url === "/v1/models") {
      const model = { id: this.#options.model, object: "model", created: 0, owned_by: "bare" };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ object: "list", data: [model] }));
    } else refuse(response, 404, "There is nothing here.");
  }

  #read(api: BareCall["api"], request: IncomingMessage, response: ServerResponse): void {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on("data", (part: Buffer) => {
      bytes += part.length;
      if (bytes <= bodyBytesMax) parts.push(part);
      else request.destroy();
    });
    request.on("error", () => response.destroy());
    request.on("end", () => {
      const call = readCall(api, Buffer.concat(parts).toString("utf8"));
      if (typeof call === "string") refuse(response, 400, call);
      else this.#begin(call, response);
    });
  }

  #begin(call: BareCall, response: ServerResponse): void {
    if (this.#waiting.size >= waitingMax) return refuse(response, 503, "The engine is full.");
    const id = randomBytes(16).toString("hex");
    const sequence = `${id}.1`;
    const reply = startReply(call, id, Math.floor(Date.now() / 1000));
    const promptTokens = Math.ceil(call.promptBytes.length / bytesPerToken);
    const detokenizer = startDetokenizer(quadVocabulary);
    const live = { reply, response, promptTokens, detokenizer, text: "", isFull: false };
    this.#calls.set(sequence, live);
    response.on("close", () => this.#hangUp(sequence));
    if (call.isStreamed) {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
      const opening = firstEvent(reply);
      if (opening === "") response.flushHeaders();
      else response.write(opening);
    }
    const run = this.#runOf(call, sequence, promptTokens);
    if (this.#running.size < this.#options.spec.sequencesMax) this.#run(sequence, run);
    else this.#waiting.set(sequence, run);
  }

  /** Also after a whole reply, when nothing is left to stop. */
  #hangUp(sequence: string): void {
    if (!this.#calls.delete(sequence)) return;
    if (!this.#waiting.delete(sequence)) this.#tell({ kind: "stop", sequence });
  }

  #runOf(call: BareCall, sequence: string, promptTokens: number): Run {
    const { promptBytes, promptDigest, outputTokensMax, outputTokensMin, ignoreEos } = call;
    return {
      kind: "run",
      sequence,
      tenant: this.#options.tenant as TenantId,
      namespace: "bare",
      adapterDigest: "" as AdapterDigest,
      promptBytes,
      promptDigest,
      promptTokens,
      forcedPrefix: [],
      outputTokensMax,
      outputTokensMin,
      ignoreEos,
      sampling: {},
    };
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (response.headersSent) {
    response.end(`data: ${errorReply(message, "server_error")}\n\n`);
    return;
  }
  response.writeHead(status, { "content-type": "application/json" });
  const type = status < 500 ? "invalid_request_error" : "server_error";
  response.end(errorReply(message, type));
}

/** Listens on loopback. */
export function startBareEngine(options: BareEngineOptions): Promise<BareEngine> {
  const bare = new BareServer(options);
  const { server } = bare;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", 4096, () => {
      const { port } = server.address() as AddressInfo;
      const close = (): Promise<void> =>
        new Promise((closed) => {
          bare.stop();
          server.close(() => closed());
          server.closeAllConnections();
        });
      resolve({ port, close });
    });
  });
}
