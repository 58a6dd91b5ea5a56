// A client that lost its stream reads it on: how many at once it may, and where it goes on.

import type { RequestId } from "#shared/model/ids.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import { standingPolicy } from "#shared/model/standing-policy.ts";
import { narrowedTo } from "#services/edge/authenticate.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import { follow } from "./follow-call.ts";
import type { Exchange } from "./http-exchange.ts";
import { refuse } from "./http-exchange.ts";
import { readPosition } from "./resume-position.ts";
import { ResumedStream } from "./resumed-stream.ts";

/** A client that lost a stream reads it on, here or wherever it was before. */
export function resume(exchange: Exchange, caller: Caller, streamId: RequestId): void {
  const { edge, requestId, incoming } = exchange;
  const closed = edge.closedFor();
  if (closed !== undefined) return refuse(exchange, closed);
  const lastEventId = incoming.headers["last-event-id"];
  const after = readPosition(incoming.url ?? "", lastEventId?.toString());
  if (typeof after !== "number") return refuse(exchange, after);
  const { policy } = caller.tenant;
  const { tenant } = policy;
  const waitMs = edge.resumes.take(tenant, standingPolicy(policy).limits.concurrencyMax);
  if (waitMs > 0) return refuse(exchange, tooManyResumes(waitMs));
  releaseOnce(exchange, () => edge.resumes.release(tenant));
  const shard = shardOf(tenant, shardCountDefault);
  const call = edge.calls.resume({
    requestId,
    timeoutMs: edge.config.callTimeoutMs,
    keyId: caller.keyId,
    stream: { requestId: streamId, tenant, shard, after, ...narrowedTo(caller) },
    reply: new ResumedStream(exchange, streamId, after >= 0),
  });
  follow(exchange, call);
}

/** Not when the call is over: until its bytes are written, it costs this process memory. */
function releaseOnce({ incoming: { socket }, response }: Exchange, release: () => void): void {
  let isHeld = true;
  const once = (): void => {
    if (isHeld) release();
    isHeld = false;
    socket.off("close", once);
  };
  if (socket.destroyed) return once();
  response.once("finish", once);
  socket.setMaxListeners(0);
  socket.once("close", once);
}

const tooManyResumes = (retryAfterMs: number): Refusal => ({
  code: "too_many_resumes",
  message: "This key reads on too many streams at once here. Try again shortly.",
  retryAfterMs,
});
