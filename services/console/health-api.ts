// The door of a process that is not the operator's: alive, ready, and its own metrics. It tells, and takes no orders.

import type { Telemetry } from "#shared/telemetry/telemetry.ts";
import type { AdminReply } from "./admin-reply.ts";
import { AdminError, jsonReply } from "./admin-reply.ts";
import type { DoorCall, OperatorsDoor } from "./operators-door.ts";
import { notFound, openOperatorsDoor } from "./operators-door.ts";
import type { Readiness } from "./platform-view.ts";
import { Query } from "./query.ts";

export interface HealthApiOptions {
  readonly telemetry: Pick<Telemetry, "metricsText" | "metricsContentType">;
  /** Of this process alone. */
  readonly readiness: () => Readiness;
  /** Host names, beside loopback's and the one it listens at, under which it may be called. */
  readonly hostNames?: readonly string[];
  /** Told of a bug in an answer; the caller sees `internal`. */
  readonly onFault?: (error: unknown) => void;
}

/** Listens; port 0 takes any free one. */
export const startHealthApi = (
  { telemetry, readiness, hostNames = [], onFault }: HealthApiOptions,
  place: { readonly host: string; readonly port: number },
): Promise<OperatorsDoor> =>
  openOperatorsDoor(
    {
      answer: (call) => answer(call, { telemetry, readiness }),
      hostNames: [place.host, ...hostNames],
      onFault,
    },
    place,
  );

async function answer(
  { url, method }: DoorCall,
  { telemetry, readiness }: HealthApiOptions,
): Promise<AdminReply> {
  const { pathname } = url;
  if (!/^\/(healthz|readyz|metrics)$/.test(pathname)) throw notFound(pathname);
  if (method !== "GET") {
    throw new AdminError("method_not_allowed", `${pathname} takes GET, not ${method}.`);
  }
  new Query(url.searchParams).refuseOthers([]);
  if (pathname === "/healthz") return jsonReply({ status: "alive" });
  if (pathname === "/readyz") return readyReply(readiness());
  const body = await telemetry.metricsText();
  return { status: 200, contentType: telemetry.metricsContentType, body };
}

export const readyReply = ({ isReady, missing }: Readiness): AdminReply =>
  jsonReply({ status: isReady ? "ready" : "not ready", missing }, isReady ? 200 : 503);
