// Adapters that tenants bring: upload, list, show, delete. A tenant has its own and sees no other's; the body is read as it
// comes, judged by the desk, and never gathered here.

import type { AdapterDesk, BegunUpload, NotBegun, UploadEnd } from "#shared/model/adapter-desk.ts";
import type { Fleet, Tenant } from "#shared/model/fleet.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { UploadedAdapter } from "#shared/model/uploaded-adapter.ts";
import type { AdapterWish } from "./adapter-wish.ts";
import { readAdapterWish } from "./adapter-wish.ts";
import { movedTo, neededFor } from "#services/edge/adapter-meaning.ts";
import type { Caller } from "#services/edge/authenticate.ts";
import { isAllowed } from "#services/edge/resolve-model.ts";
import type { Exchange } from "./http-exchange.ts";
import { refuse, sendJson } from "./http-exchange.ts";
import type { AdapterRoute } from "./http-route.ts";
import { bodyTooLarge } from "./read-body.ts";
import { BodyStalled, steadyBody } from "./steady-body.ts";

export function answerAdapters(exchange: Exchange, caller: Caller, route: AdapterRoute): void {
  const { edge } = exchange;
  const { adapters: desk } = edge;
  if (desk === undefined) return refuse(exchange, takesNone);
  const closed = edge.closedFor();
  if (closed !== undefined) return refuse(exchange, closed);
  const answering = answerRoute({ exchange, caller, desk }, route);
  void answering.catch((error: unknown) => {
    edge.note("edge.fault", { requestId: exchange.requestId, reason: String(error).slice(0, 200) });
    if (!exchange.response.headersSent) refuse(exchange, unavailable);
  });
}

interface AdapterCall {
  readonly exchange: Exchange;
  readonly caller: Caller;
  readonly desk: AdapterDesk;
}

async function answerRoute(call: AdapterCall, route: AdapterRoute): Promise<void> {
  if (route.does === "upload") return upload(call);
  const { exchange, caller } = call;
  const { deskCalls } = exchange.edge;
  const { tenant } = caller.tenant.policy;
  if (!deskCalls.take(tenant)) return refuse(exchange, tooManyQuestions);
  try {
    await answerQuestion(call, route);
  } finally {
    deskCalls.give(tenant);
  }
}

async function answerQuestion(
  { exchange, caller, desk }: AdapterCall,
  { does, name }: AdapterRoute,
): Promise<void> {
  const { tenant } = caller.tenant.policy;
  const send = (answer: object): void =>
    sendJson(exchange, { status: 200, text: JSON.stringify(answer) });
  const { fleet } = exchange.edge.view();
  const shown = (adapter: UploadedAdapter): object => adapterJson(fleet, caller.tenant, adapter);
  const isTheirs = ({ name: own, model }: UploadedAdapter): boolean =>
    isAllowed(caller, [`${model}:${own}`, model]);
  if (does === "list") {
    const adapters = (await desk.list(tenant)).filter(isTheirs);
    return send({ object: "list", data: adapters.map(shown) });
  }
  const found = await desk.find(tenant, name);
  if (found === undefined || !isTheirs(found)) return refuse(exchange, notFound(name));
  if (does === "show") return send(shown(found));
  const needed = neededFor(fleet, caller.tenant, found);
  if (needed !== undefined) return refuse(exchange, needed);
  const isDone = await desk.remove(tenant, name);
  return isDone
    ? send({ id: name, object: "adapter", deleted: true })
    : refuse(exchange, notFound(name));
}

async function upload({ exchange, caller, desk }: AdapterCall): Promise<void> {
  const { edge } = exchange;
  const wish = readAdapterWish(exchange, caller);
  if ("code" in wish) return refuse(exchange, wish);
  const begun = await desk.begin({ tenant: caller.tenant, ...wish });
  if (typeof begun === "string" || "retryAfterMs" in begun) {
    return refuse(exchange, notBegun(begun, wish));
  }
  const excess = announcedExcess(exchange, begun);
  if (excess !== undefined) {
    begun.leave();
    return refuse(exchange, excess);
  }
  exchange.isUpload = true;
  const end = await begun.take(bodyOf(exchange, caller));
  if (end.kind === "ready") {
    return sendJson(exchange, {
      status: 201,
      text: JSON.stringify(adapterJson(edge.view().fleet, caller.tenant, end.adapter)),
    });
  }
  if (end.kind === "cut-off" && end.error instanceof KeyEnded) {
    return refuse(exchange, end.error.refusal);
  }
  if (end.kind === "cut-off" && !(end.error instanceof BodyStalled)) {
    // Its client has left.
    exchange.incoming.socket.destroy();
    return;
  }
  refuse(exchange, notEnded(end, wish));
}

/** Asked for only when it is wanted: what is refused before costs no byte of it. */
async function* bodyOf(
  exchange: Exchange,
  caller: Caller,
): AsyncGenerator<Buffer, void, undefined> {
  if (exchange.awaitsContinue) {
    exchange.awaitsContinue = false;
    exchange.response.writeContinue();
  }
  const { edge, incoming } = exchange;
  for await (const bytes of steadyBody(incoming, { idleMs: edge.config.uploadIdleMs })) {
    const ended = edge.endOf(caller);
    if (ended !== undefined) throw new KeyEnded(ended);
    yield bytes;
  }
}

/** Its key was taken back, or expired, while the file came. */
class KeyEnded extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.name = "KeyEnded";
    this.refusal = refusal;
  }
}

function announcedExcess({ incoming }: Exchange, { bytesMax }: BegunUpload): Refusal | undefined {
  return Number(incoming.headers["content-length"] ?? 0) > bytesMax
    ? bodyTooLarge(bytesMax)
    : undefined;
}

function notBegun(why: NotBegun, wish: AdapterWish): Refusal {
  if (typeof why === "object") {
    const message = "You have begun too many uploads of late.";
    return { code: "too_many_uploads", message, retryAfterMs: why.retryAfterMs };
  }
  switch (why) {
    case "busy":
      return {
        code: "too_many_uploads",
        message: "Too many adapters are being uploaded at once. Try again shortly.",
        retryAfterMs: 2_000,
      };
    case "full":
      return full(0);
    case "no-shape":
      return unsupported(
        `The operator has not told what an adapter of ${wish.model.id} must fit, so none can be uploaded for it.`,
      );
    case "no-store":
      return takesNone;
    case "no-uploads":
      return unsupported(`The engines of ${wish.model.id} cannot load an adapter while they run.`);
    default:
      return why satisfies never;
  }
}

const flawed = {
  malformed: "adapter_malformed",
  unfit: "adapter_unfit",
  values: "adapter_values",
} as const;

function notEnded(end: Exclude<UploadEnd, { kind: "ready" }>, wish: AdapterWish): Refusal {
  switch (end.kind) {
    case "flawed": {
      const { kind, code, message, at } = end.flaw;
      const isTooLarge = code === "too_large";
      return {
        code: isTooLarge ? "body_too_large" : flawed[kind],
        message,
        detail: code,
        ...(at === undefined ? {} : { param: at }),
      };
    }
    case "exists":
      return exists(wish);
    case "operators":
      return operators(wish);
    case "full":
      return full(end.adaptersMax);
    case "trial-failed":
      return {
        code: "adapter_trial_failed",
        message: `The adapter was tried on a worker and did not pass. ${end.reason}`,
      };
    case "trial-unavailable":
      return untried;
    case "failed":
      return unavailable;
    case "cut-off":
      return {
        code: "request_timeout",
        message: "The adapter's bytes stopped coming, or came too slowly. Nothing of it was kept.",
      };
    default:
      return end satisfies never;
  }
}

const exists = ({ name }: AdapterWish): Refusal => ({
  code: "adapter_exists",
  message: `You have an adapter ${name} already. Delete it first, or choose another name.`,
  param: "name",
});

/** Not the tenant's to delete. */
const operators = ({ name, model }: AdapterWish): Refusal => ({
  code: "adapter_exists",
  message: `The operator of this platform provides an adapter ${name} for ${model.id}. Choose another name.`,
  param: "name",
});

const full = (adaptersMax: number): Refusal => ({
  code: "adapters_full",
  message: `You may have ${adaptersMax} adapters. Delete one first.`,
});

const unsupported = (message: string): Refusal => ({ code: "uploads_unsupported", message });

const takesNone: Refusal = unsupported("This platform takes no adapters.");

const unavailable: Refusal = {
  code: "uploads_unavailable",
  message: "Adapters cannot be stored at the moment. Nothing was kept; try again later.",
  retryAfterMs: 10_000,
};

const untried: Refusal = {
  code: "trial_unavailable",
  message:
    "An adapter is tried on a worker before it can be called, and none had room for that in time. Nothing was kept; try again later.",
  retryAfterMs: 30_000,
};

const tooManyQuestions: Refusal = {
  code: "too_many_uploads",
  message: "Too many questions about adapters at once. Try again shortly.",
  retryAfterMs: 1_000,
};

/** The same for one that never was, and one of another tenant. */
const notFound = (name: string): Refusal => ({
  code: "adapter_not_found",
  message: `You have no adapter ${JSON.stringify(name.slice(0, 63))}.`,
  param: "name",
});

const adapterJson = (fleet: Fleet, tenant: Tenant, adapter: UploadedAdapter): object => ({
  id: adapter.name,
  object: "adapter",
  created: adapter.createdAtEpochS,
  // What to write in `model`.
  model: `${adapter.model}:${adapter.name}`,
  base_model: adapter.model,
  status: adapter.status,
  reason: adapter.reason ?? null,
  // Whether a worker has brought a token with it.
  tried: adapter.tried,
  digest: adapter.digest,
  // Another one where a rollout has moved the name.
  served_digest: movedTo(fleet, tenant, adapter) ?? adapter.digest,
  bytes: adapter.bytes,
  format: adapter.format,
  rank: adapter.rank,
  alpha: adapter.alpha,
  target_modules: adapter.modules,
});
