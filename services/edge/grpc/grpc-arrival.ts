// While only the metadata of a gRPC call has arrived: whose it is, whether there is room for its message, and
// how long that may take. A stranger's message is never read, and a slow one does not wait for ever.

import type { Metadata, ServerInterceptor } from "@grpc/grpc-js";
import { ServerInterceptingCall } from "@grpc/grpc-js";
import type { RequestId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { Authentication, Caller } from "#services/edge/authenticate.ts";
import { authenticate } from "#services/edge/authenticate.ts";
import type { Edge } from "#services/edge/edge.ts";
import { statusOf } from "./grpc-reply.ts";
import { newRequestId } from "#services/edge/request-id.ts";

/** What an arriving message counts in the edge's budget: its size is known only when it is whole. */
const arrivingBytes = 262_144;

export function guardArrival(edge: Edge): ServerInterceptor {
  return (method, call) => {
    let arrived = (): void => {};
    const refuse = (refusal: Refusal, caller?: Caller): void => {
      const requestId = newRequestId();
      const { limits } = noteRefusal(edge, requestId, refusal, caller);
      call.sendStatus(statusOf(refusal, requestId, limits));
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (metadata, pass) => {
            const authentication = authenticateCall(edge, metadata);
            if (authentication.kind === "refused") return refuse(authentication.refusal);
            const { caller } = authentication;
            // Who has a part of a stream already was admitted once.
            const isLost =
              method.path.endsWith("/Resume") || metadata.get("last-event-id").length > 0;
            const shed = isLost ? undefined : edge.load.refusalFor(caller.tenant.policy);
            if (shed !== undefined) return refuse(shed, caller);
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
            return pass(metadata);
          },
          onReceiveMessage: (message, pass) => {
            arrived();
            pass(message);
          },
          onCancel: () => arrived(),
        });
      },
    });
  };
}

export function authenticateCall(edge: Edge, metadata: Metadata): Authentication {
  const [authorization] = metadata.get("authorization");
  return authenticate(edge.view(), authorization?.toString());
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
