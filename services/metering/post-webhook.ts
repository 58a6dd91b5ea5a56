// Sends one event to one webhook: signed, to an address that was looked at, with an end to its patience. Whatever it answers
// beyond its status is not read, and where it points on is not gone to.

import { createHmac } from "node:crypto";
import type { LookupAddress } from "node:dns";
import { request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import type { CloudEvent } from "#shared/model/quota-alert.ts";
import type { Resolve } from "./reachable-address.ts";
import { reach } from "./reachable-address.ts";

export interface WebhookCall {
  readonly url: string;
  readonly event: CloudEvent;
  readonly secret: string | undefined;
  readonly mayBePrivate: boolean;
  readonly nowEpochMs: number;
  /** Tests name their own. */
  readonly resolve?: Resolve;
}

export type Posted =
  | { readonly kind: "delivered" }
  /** `isFinal`: it will not do better another time. */
  | { readonly kind: "failed"; readonly reason: string; readonly isFinal: boolean };

const timeoutMs = 10_000;

/** `t=1764000000,v1=…`: HMAC-SHA256 over `t.body`, as the time stands in the header, in seconds. */
function signatureOf(secret: string, body: string, nowEpochMs: number): string {
  const time = Math.floor(nowEpochMs / 1000);
  const digest = createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
  return `t=${time},v1=${digest}`;
}

export async function postWebhook(call: WebhookCall): Promise<Posted> {
  const url = new URL(call.url);
  const reached = await reach(url, call.mayBePrivate, call.resolve);
  if (reached.kind === "unreachable") {
    const { reason, isFinal } = reached;
    return { kind: "failed", reason, isFinal };
  }
  return post(url, call, reached.address);
}

function post(
  url: URL,
  { event, secret, nowEpochMs }: WebhookCall,
  { address, family }: LookupAddress,
): Promise<Posted> {
  const body = JSON.stringify(event);
  const headers = {
    "content-type": "application/cloudevents+json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "user-agent": "fairlead",
    "fairlead-event-id": event.id,
    ...(secret === undefined
      ? {}
      : { "fairlead-signature": signatureOf(secret, body, nowEpochMs) }),
  };
  const open = url.protocol === "https:" ? requestTls : requestPlain;
  return new Promise((resolve) => {
    const fail = (reason: string): void => resolve({ kind: "failed", reason, isFinal: false });
    const sending = open(url, {
      method: "POST",
      headers,
      agent: false,
      signal: AbortSignal.timeout(timeoutMs),
      // The address that was looked at, whatever the name says by now.
      lookup: (_name, options, answer) => {
        if (options.all === true) answer(null, [{ address, family }]);
        else answer(null, address, family);
      },
    });
    sending.on("response", (response) => {
      response.destroy();
      resolve(judge(response.statusCode ?? 0));
    });
    sending.on("error", (error) => fail(String(error).slice(0, 200)));
    sending.end(body);
  });
}

/** A redirect is an answer like any other that is not a yes. 410: it wants no more. */
const judge = (status: number): Posted =>
  status >= 200 && status < 300
    ? { kind: "delivered" }
    : { kind: "failed", reason: `answered ${status}`, isFinal: status === 410 };
