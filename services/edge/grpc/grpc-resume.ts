// Reading a lost stream on through the gRPC door: the same bounds and refusals as through the other.

import type { Edge } from "#services/edge/edge.ts";
import { narrowedTo } from "#services/edge/authenticate.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import type { Call, Reply } from "#services/edge/client-calls.ts";
import { malformed } from "#services/edge/generation-request.ts";
import { fairlead } from "#proto/inference.js";
import type { Metadata } from "@grpc/grpc-js";
import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";

interface Wanted {
  readonly requestId: RequestId;
  readonly after: number;
}

const indexMax = 999_999_999;

export function readResumeRequest(bytes: Buffer): Wanted | Refusal {
  let decoded: fairlead.inference.v1.ResumeRequest;
  try {
    decoded = fairlead.inference.v1.ResumeRequest.decode(bytes);
  } catch {
    return malformed("The message is no ResumeRequest.");
  }
  const { requestId, after } = decoded;
  if (!/^[\w-]{1,64}$/.test(requestId)) {
    return malformed("`request_id` must be the id of a request.", "request_id");
  }
  const isFromStart = after === undefined || after === null;
  if (!isFromStart && after > indexMax) {
    return malformed("`after` is beyond any output.", "after");
  }
  return { requestId: requestId as RequestId, after: isFromStart ? -1 : after };
}

/** Undefined: the caller does not say that it lost a stream. */
export function readLostAfter(metadata: Metadata): number | Refusal | undefined {
  const [text] = metadata.get("last-event-id");
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text.toString())) return Number(text);
  return malformed("`last-event-id` must be the index of the last delta.", "last-event-id");
}

interface Resuming extends Wanted {
  /** Of this call. */
  readonly callId: RequestId;
  readonly timeoutMs: number;
  readonly reply: Reply;
}

/** The tenant's allowance is given back when `release` is called, once. */
export function openResume(
  edge: Edge,
  caller: Caller,
  { requestId, after, callId, timeoutMs, reply }: Resuming,
): { readonly call: Call; readonly release: () => void } | Refusal {
  const { keyId } = caller;
  const { policy } = caller.tenant;
  const { tenant } = policy;
  const waitMs = edge.resumes.take(tenant, standingPolicy(policy).limits.concurrencyMax);
  if (waitMs > 0) return { ...tooManyResumes, retryAfterMs: waitMs };
  let isHeld = true;
  const release = (): void => {
    if (isHeld) edge.resumes.release(tenant);
    isHeld = false;
  };
  const shard = shardOf(tenant, shardCountDefault);
  const stream = { requestId, tenant, shard, after, ...narrowedTo(caller) };
  const call = edge.calls.resume({ requestId: callId, timeoutMs, keyId, stream, reply });
  if (!("code" in call)) return { call, release };
  release();
  return call;
}

const tooManyResumes: Refusal = {
  code: "too_many_resumes",
  message: "This key reads on too many streams at once here. Try again shortly.",
};
