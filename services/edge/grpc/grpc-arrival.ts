// While only the metadata of a gRPC call has arrived: whose it is, whether there is room for its message, and
// how long that may take. A stranger's message is never read, and a slow one does not wait for ever.

import type { Metadata, ServerInterceptor } from "@grpc/grpc-js";
import { ServerInterceptingCall } from "@grpc/grpc-js";
import { assert } from "#shared/actor/assert.ts";
import type { RequestId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Authentication, Caller } from "#services/edge/authenticate.ts";
import { scopeRefusal, whenKnown } from "#services/edge/authenticate.ts";
import type { Edge } from "#services/edge/edge.ts";
import { statusOf } from "./grpc-reply.ts";
import { newRequestId } from "#services/edge/request-id.ts";

/** What an arriving message counts in the edge's budget: its size is known only when it is whole. */
const arrivingBytes = 262_144;

export function guardArrival(edge: Edge): ServerInterceptor {
  return (method, call) => {
    let arrived = (): void => {};
    /** Its client has left. */
    let isOver = false;
    const refuse = (refusal: Refusal, caller?: Caller): void => {
      const requestId = newRequestId();
      const { limits } = noteRefusal(edge, requestId, refusal, caller);
      call.sendStatus(statusOf(refusal, requestId, limits));
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const admitArrival = (authentication: Authentication): void => {
              if (authentication.kind === "refused") return refuse(authentication.refusal);
              const { caller } = authentication;
              const closed = refusalOnArrival(edge, caller, { path: method.path, metadata });
              if (closed !== undefined) return refuse(closed, caller);
              const { tenant } = caller.tenant.policy;
              if (!edge.bodies.take(tenant, arrivingBytes)) return refuse(tooManyMessages, caller);
              const timer = setTimeout(() => {
                arrived();
                refuse(tooSlow, caller);
              }, edge.config.requestTimeoutMs);
              arrived = () => {
                arrived = () => {};
                clearTimeout(timer);
                edge.bodies.give(tenant, arrivingBytes);
              };
              callers.set(metadata, caller);
              pass(metadata);
            };
            whenKnown(authenticateArrival(edge, metadata), (known) => {
              if (!isOver) admitArrival(known);
            });
          },
          onReceiveMessage: (message, pass) => {
            arrived();
            pass(message);
          },
          onCancel: () => {
            isOver = true;
            arrived();
          },
        });
      },
    });
  };
}

interface ArrivedHead {
  readonly path: string;
  readonly metadata: Metadata;
}

function refusalOnArrival(
  edge: Edge,
  caller: Caller,
  { path, metadata }: ArrivedHead,
): Refusal | undefined {
  // Who has a part of a stream already was admitted once.
  const isLost = path.endsWith("/Resume") || metadata.get("last-event-id").length > 0;
  const lacking = scopeRefusal(caller, "inference");
  return lacking ?? (isLost ? undefined : edge.load.refusalFor(caller.tenant.policy));
}

function authenticateArrival(
  edge: Edge,
  metadata: Metadata,
): Authentication | Promise<Authentication> {
  const [authorization] = metadata.get("authorization");
  return edge.authenticate(authorization?.toString());
}

/** Who was found to call when the metadata came; the same object goes with the call. */
const callers = new WeakMap<Metadata, Caller>();

/** Whether its key has ended since is looked at when the call is opened. */
export function callerOf(metadata: Metadata): Caller {
  const caller = callers.get(metadata);
  assert(caller !== undefined, "no call passes its arrival without a caller");
  return caller;
}

export interface Refused {
  readonly refusal: Refusal;
  /** As far as this edge knows. Undefined: a stranger has none. */
  readonly limits: RateLimits | undefined;
}

export function noteRefusal(
  edge: Edge,
  requestId: RequestId,
  refusal: Refusal,
  caller?: Caller,
): Refused {
  edge.note("edge.refused", {
    requestId,
    code: refusal.code,
    door: "grpc",
    ...(caller === undefined ? {} : { tenant: caller.tenant.policy.tenant, key: caller.keyId }),
  });
  const tenant = caller?.tenant.policy.tenant;
  return { refusal, limits: tenant === undefined ? undefined : edge.limits.of(tenant) };
}

const tooManyMessages: Refusal = {
  code: "edge_full",
  message: "Too many messages are arriving at once. Try again shortly.",
  retryAfterMs: 1000,
};

const tooSlow: Refusal = {
  code: "request_timeout",
  message: "The message did not arrive in time.",
};
