// How a gRPC caller is told: one reply for a whole output, one for a stream. Refusals become a status with
// trailing metadata; limits and our request id travel as leading metadata.

import { Metadata, status as Status } from "@grpc/grpc-js";
import type { sendUnaryData, ServerWritableStream } from "@grpc/grpc-js";
import { fairlead } from "#proto/inference.js";
import type { Completed, Output, Resumed } from "#shared/messages/to-client.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Reply } from "#services/edge/client-calls.ts";
import type { ModelNotice } from "#services/edge/model-notice.ts";
import { rateLimitHeaders } from "#services/edge/http/rate-limit-headers.ts";
import { refusalStatus, retryAfterMsOf } from "#services/edge/refusal-status.ts";

export type GenerateEvent = fairlead.inference.v1.GenerateEvent;
export type GenerateResponse = fairlead.inference.v1.GenerateResponse;

const { FinishReason } = fairlead.inference.v1;

export interface GrpcSubject {
  readonly requestId: RequestId;
  readonly modelName: string;
  /** Which model answers. Absent: not known here. */
  readonly notice?: ModelNotice;
  /** Takes the leading metadata, once. */
  readonly sendMetadata: (metadata: Metadata) => void;
}

export interface GrpcStatus {
  readonly code: Status;
  readonly details: string;
  readonly metadata: Metadata;
}

export function statusOf(
  refusal: Refusal,
  requestId: RequestId,
  limits: RateLimits | undefined,
): GrpcStatus {
  const metadata = metadataOf(requestId, limits);
  metadata.set("fairlead-code", refusal.code);
  if (refusal.param !== undefined) metadata.set("fairlead-param", printable(refusal.param));
  const retryAfterMs = retryAfterMsOf(refusal);
  if (retryAfterMs !== undefined) metadata.set("retry-after-ms", String(retryAfterMs));
  return { code: Status[refusalStatus(refusal.code).grpc], details: refusal.message, metadata };
}

export class GrpcWholeReply implements Reply {
  #subject: GrpcSubject;
  readonly #answer: sendUnaryData<GenerateResponse>;
  #text = "";

  constructor(subject: GrpcSubject, answer: sendUnaryData<GenerateResponse>) {
    this.#subject = subject;
    this.#answer = answer;
  }

  admitted(limits: RateLimits): void {
    this.#subject.sendMetadata(leadingOf(this.#subject, limits));
  }

  resumed({ requestId }: Resumed): void {
    this.#subject = { ...this.#subject, requestId };
    this.#subject.sendMetadata(metadataOf(requestId, undefined));
  }

  /** Never full: the context bounds the whole output. */
  output({ text }: Output): boolean {
    this.#text += text;
    return true;
  }

  bufferedBytes(): number {
    return 0;
  }

  complete(completed: Completed): void {
    const { requestId, modelName } = this.#subject;
    const ended = endOf(completed);
    this.#answer(
      null,
      fairlead.inference.v1.GenerateResponse.create({
        requestId,
        model: modelName,
        text: this.#text,
        ...ended,
      }),
      trailingOf(this.#subject),
    );
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    this.#answer(statusOf(refusal, this.#subject.requestId, limits));
  }
}

export class GrpcStream implements Reply {
  #subject: GrpcSubject;
  readonly #call: ServerWritableStream<Buffer, GenerateEvent>;
  #bufferedBytes = 0;

  constructor(subject: GrpcSubject, call: ServerWritableStream<Buffer, GenerateEvent>) {
    this.#subject = subject;
    this.#call = call;
  }

  admitted(limits: RateLimits): void {
    this.#subject.sendMetadata(leadingOf(this.#subject, limits));
  }

  resumed({ requestId }: Resumed): void {
    this.#subject = { ...this.#subject, requestId };
    this.#subject.sendMetadata(metadataOf(requestId, undefined));
  }

  output({ text, outputTokens, index }: Output): boolean {
    const { requestId } = this.#subject;
    this.#bufferedBytes += text.length;
    return this.#call.write(
      fairlead.inference.v1.GenerateEvent.create({
        requestId,
        delta: { text, outputTokens, index },
      }),
      () => {
        this.#bufferedBytes -= text.length;
      },
    );
  }

  bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  complete(completed: Completed): void {
    const { requestId } = this.#subject;
    this.#call.write(
      fairlead.inference.v1.GenerateEvent.create({ requestId, completed: endOf(completed) }),
    );
    this.#call.end(trailingOf(this.#subject));
  }

  fail(refusal: Refusal, limits: RateLimits | undefined): void {
    this.#call.emit("error", statusOf(refusal, this.#subject.requestId, limits));
  }
}

function leadingOf({ requestId, notice }: GrpcSubject, limits: RateLimits): Metadata {
  const metadata = metadataOf(requestId, limits);
  if (notice !== undefined) metadata.set("x-fairlead-model", notice.served);
  return metadata;
}

/** That the model is on its way out, for whom it was served once more. */
function trailingOf({ notice }: GrpcSubject): Metadata {
  const metadata = new Metadata();
  addPairs(metadata, notice?.deprecation ?? []);
  return metadata;
}

function addPairs(metadata: Metadata, pairs: readonly string[]): void {
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    metadata.set(pairs[index] ?? "", pairs[index + 1] ?? "");
  }
}

function metadataOf(requestId: RequestId, limits: RateLimits | undefined): Metadata {
  const metadata = new Metadata();
  metadata.set("x-request-id", requestId);
  addPairs(metadata, limits === undefined ? [] : rateLimitHeaders(limits));
  return metadata;
}

function endOf({ reason, promptTokens, cachedTokens, outputTokens }: Completed): {
  readonly finishReason: fairlead.inference.v1.FinishReason;
  readonly usage: {
    readonly promptTokens: number;
    readonly cachedTokens: number;
    readonly outputTokens: number;
  };
} {
  const finishReason =
    reason === "stop" ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH;
  return { finishReason, usage: { promptTokens, cachedTokens, outputTokens } };
}

/** Metadata holds printable ASCII only. */
const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?");
