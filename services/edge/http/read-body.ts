// Reads one request's body within its bound and the edge's budget, or stops reading and says why.

import type { IncomingMessage } from "node:http";
import type { TenantId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Edge } from "#services/edge/edge.ts";

export type Body =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

export interface BodyReading {
  readonly edge: Edge;
  readonly incoming: IncomingMessage;
  readonly tenant: TenantId;
}

/** Calls back once, or never if the client leaves first. After a refusal the rest is unread. */
export function readBody(reading: BodyReading, done: (body: Body) => void): void {
  const { edge, incoming, tenant } = reading;
  const { bodyBytesMax } = edge.config;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const finish = (body: Body | undefined): void => {
    incoming.off("data", onData).off("end", onEnd).off("close", onClose);
    edge.bodies.give(tenant, bytes);
    if (body !== undefined) done(body);
  };
  const onData = (chunk: Buffer): void => {
    if (bytes + chunk.length > bodyBytesMax) {
      finish({ kind: "refused", refusal: bodyTooLarge(bodyBytesMax) });
    } else if (edge.bodies.take(tenant, chunk.length)) {
      bytes += chunk.length;
      chunks.push(chunk);
    } else {
      finish({ kind: "refused", refusal: tooManyBodies });
    }
  };
  const onEnd = (): void => {
    const [only] = chunks;
    const isOne = chunks.length === 1 && only !== undefined;
    finish({ kind: "whole", bytes: isOne ? only : Buffer.concat(chunks, bytes) });
  };
  const onClose = (): void => finish(undefined);
  incoming.on("data", onData).on("end", onEnd).on("close", onClose);
}

export const bodyTooLarge = (bodyBytesMax: number): Refusal => ({
  code: "body_too_large",
  message: `The body is larger than ${bodyBytesMax} bytes.`,
});

const tooManyBodies: Refusal = {
  code: "edge_full",
  message: "Too many large bodies are arriving at once. Try again shortly.",
  retryAfterMs: 1000,
};
