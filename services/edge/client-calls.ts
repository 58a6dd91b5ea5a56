// The `client` device: which socket each open call belongs to. Passes a session's messages to its reply and the
// socket's state to its session; every call ends here exactly once, whoever ends it.

import type { Address } from "#shared/actor/actor.ts";
import type { Host } from "#shared/actor/host.ts";
import { clientAddress, sessionAddress } from "#shared/messages/addresses.ts";
import type { Open, ResumeStream } from "#shared/messages/open-request.ts";
import type { Completed, Output, Resumed, ToClient } from "#shared/messages/to-client.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { EdgeId, RequestId, TenantId } from "#shared/model/ids.ts";
import type { RateLimits } from "#shared/model/rate-limits.ts";
import type { Refusal } from "#shared/model/refusal.ts";
import type { SuspectIdentity, SuspicionStanding } from "#shared/model/suspicion.ts";
import { suspectIdentity, suspicionOf } from "#shared/model/suspicion.ts";
import type { AdmittedCall } from "./admit.ts";
import type { EdgeConfig } from "./config.ts";
import type { NamedRequest } from "./idempotency-key.ts";
import type { LoadShed } from "./load-shed.ts";
import type { LastLimits } from "./last-limits.ts";
import { crashesEngines } from "./session/under-suspicion.ts";

/** How one call's socket is told. Each call ends with one `complete` or one `fail`, unless its socket closed first. */
export interface Reply {
  /** The limits are known from here on: headers carry them. */
  admitted(limits: RateLimits): void;
  /** The stream is found: how it is to be written. Absent where nothing is resumed. */
  resumed?(resumed: Resumed): void;
  /** False: the socket is full, take no more until it is told ready. */
  output(output: Output): boolean;
  /** Written and not yet taken by the socket. */
  bufferedBytes(): number;
  complete(completed: Completed): void;
  fail(refusal: Refusal, limits: RateLimits | undefined): void;
  /** Nobody reads it: its socket closed, or nothing was opened for it. Absent where that is all the same. */
  gone?(): void;
}

export interface Call {
  readonly requestId: RequestId;
  readonly tenant: TenantId;
  /** Public handle of the key that it was asked with. */
  readonly keyId: string;
  readonly client: Address;
  readonly session: Address;
  readonly reply: Reply;
  /** After this the session has failed to end the call: the host's clock. */
  readonly overdueAtMs: number;
  limits: RateLimits | undefined;
  isPaused: boolean;
  isOver: boolean;
}

export interface ClientCallsOptions {
  readonly host: Host;
  readonly edge: EdgeId;
  /** Where this edge's usage goes. */
  readonly meter: Address;
  readonly config: EdgeConfig;
  readonly limits: LastLimits;
  /** Why the key has ended since the caller was recognised. Undefined: it has not. */
  readonly endOf: (caller: Pick<Call, "keyId" | "tenant">) => Refusal | undefined;
  /** What engine crashes have cast on requests. Absent: nobody is suspected. */
  readonly suspects?: Suspects;
  readonly load: LoadShed;
  /** A reply threw: a bug of ours, its call is over. */
  readonly onFault: (requestId: RequestId, bug: unknown) => void;
}

export interface Suspects {
  of(identity: () => SuspectIdentity): SuspicionStanding | undefined;
}

/** Of calls that no client made. */
export const noKey = "";

export interface NewCall {
  readonly requestId: RequestId;
  readonly arrivedAtEpochMs: number;
  /** From now; the caller's deadline, if it is sooner than ours. */
  readonly timeoutMs: number;
  readonly keyId: string;
  readonly admitted: AdmittedCall;
  /** Its client is shown nothing before it has all of it. */
  readonly isInOnePiece?: boolean;
  /** What this door wants to know if the client reads the stream on through another. */
  readonly replyTerms?: string;
  /** By its client: the request is this, whichever call asks for it; the call keeps an id of its own. */
  readonly named?: NamedRequest & Pick<Open, "after">;
  readonly reply: Reply;
}

export interface ResumedCall {
  /** Of this call; the stream's own is in `stream`. */
  readonly requestId: RequestId;
  readonly timeoutMs: number;
  readonly keyId: string;
  readonly stream: Pick<ResumeStream, "requestId" | "tenant" | "shard" | "after" | "models">;
  readonly reply: Reply;
}

const sweepMs = 500;

export class ClientCalls {
  readonly #options: ClientCallsOptions;
  readonly #calls = new Map<string, Call>();
  /** Signals that a full mailbox turned away, by session; the newest counts, and `client-gone` is the last. */
  readonly #unsent = new Map<Address, { readonly client: Address; readonly message: ToSession }>();
  #sweep: NodeJS.Timeout | undefined;
  #isEmpty: (() => void) | undefined;

  constructor(options: ClientCallsOptions) {
    this.#options = options;
    options.host.attach("client", (to, _from, message) => this.#receive(to, message as ToClient));
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Gives the call to a session. A refusal comes back only if nothing was opened; else all goes through the reply. */
  open(asked: NewCall): Call | Refusal {
    const opened = this.#open(asked);
    if ("code" in opened) asked.reply.gone?.();
    return opened;
  }

  #open({
    requestId,
    arrivedAtEpochMs,
    timeoutMs,
    keyId,
    admitted,
    isInOnePiece = false,
    replyTerms,
    named,
    reply,
  }: NewCall): Call | Refusal {
    const { edge, meter, suspects } = this.#options;
    const standing = suspects?.of(() => suspectIdentity(admitted));
    if (standing?.isGuilty === true) return crashesEngines;
    return this.#begin(
      { requestId, keyId, reply },
      {
        kind: "open",
        requestId,
        edge,
        meter,
        ...admitted,
        ...named,
        timeoutMs,
        arrivedAtEpochMs,
        sentAtEpochMs: Date.now(),
        ...(isInOnePiece ? { isInOnePiece } : {}),
        ...(replyTerms === undefined ? {} : { replyTerms }),
        ...(standing === undefined ? {} : { suspicion: suspicionOf(standing) }),
      },
    );
  }

  /** The same for a stream that another call began. */
  resume({ requestId, timeoutMs, keyId, stream, reply }: ResumedCall): Call | Refusal {
    const { edge, meter } = this.#options;
    const sentAtEpochMs = Date.now();
    const opening: ResumeStream = {
      kind: "resume",
      ...stream,
      edge,
      meter,
      timeoutMs,
      sentAtEpochMs,
    };
    return this.#begin({ requestId, keyId, reply }, opening);
  }

  #begin(
    { requestId, keyId, reply }: Pick<Call, "requestId" | "keyId" | "reply">,
    opening: Open | ResumeStream,
  ): Call | Refusal {
    const { host, edge, config, endOf } = this.#options;
    // Its body may have taken long to come.
    const ended = endOf({ keyId, tenant: opening.tenant });
    if (ended !== undefined) return ended;
    if (this.#calls.size >= config.openCallsMax) return edgeFull;
    const call: Call = {
      requestId,
      keyId,
      tenant: opening.tenant,
      client: clientAddress(edge, requestId),
      session: sessionAddress(edge, requestId),
      reply,
      overdueAtMs: host.nowMs() + opening.timeoutMs + config.closeGraceMs,
      limits: undefined,
      isPaused: false,
      isOver: false,
    };
    // Known before it is opened: the session may answer before `send` returns.
    this.#calls.set(requestId, call);
    this.#sweep ??= setInterval(() => this.#sweepOverdue(), sweepMs).unref();
    const outcome = host.send(call.client, call.session, opening satisfies ToSession);
    if (outcome === "accepted") return call;
    this.#end(call);
    return edgeFull;
  }

  /** The socket closed. Nothing more goes to it. */
  gone(call: Call): void {
    if (call.isOver) return;
    this.#end(call);
    call.reply.gone?.();
    this.#signal(call, { kind: "client-gone" });
  }

  /** The socket took no more. */
  paused(call: Call): void {
    if (call.isOver || call.isPaused) return;
    call.isPaused = true;
    this.#signal(call, { kind: "client-paused" });
  }

  /** The socket takes again. */
  ready(call: Call): void {
    if (call.isOver || !call.isPaused) return;
    call.isPaused = false;
    this.#signal(call, { kind: "client-ready" });
  }

  /** Ends the calls whose keys have ended; each is billed what it was given. */
  endEnded(): void {
    for (const call of this.#calls.values()) {
      const ended = this.#options.endOf(call);
      if (ended !== undefined) this.#giveUp(call, ended);
    }
  }

  /** Resolves when no call is open, or after the patience has run out on the rest, which are then cut off. */
  async drain(patienceMs: number): Promise<void> {
    if (await this.#emptyWithin(patienceMs)) return;
    for (const call of this.#calls.values()) this.#signal(call, { kind: "edge-draining" });
    if (await this.#emptyWithin(this.#options.config.closeGraceMs)) return;
    for (const call of this.#calls.values()) {
      this.#giveUp(call, { code: "shutting_down", message: "This edge is shutting down." });
    }
  }

  #receive(to: Address, message: ToClient): void {
    const call = this.#calls.get(to.slice(to.lastIndexOf("/") + 1));
    // Over already: the session will hear of it, or has.
    if (call === undefined) return;
    try {
      this.#pass(call, message);
    } catch (bug) {
      this.#options.onFault(call.requestId, bug);
      this.#giveUp(call, { code: "internal", message: "The reply could not be written." });
    }
  }

  #pass(call: Call, message: ToClient): void {
    switch (message.kind) {
      case "admitted":
        this.#learn(call, message.limits);
        call.reply.admitted(message.limits);
        return;
      case "resumed":
        call.reply.resumed?.(message);
        return;
      case "output":
        if (!call.reply.output(message)) this.#full(call);
        return;
      case "completed":
        this.#end(call);
        call.reply.complete(message);
        return;
      case "failed":
        this.#end(call);
        if (message.limits !== undefined) this.#learn(call, message.limits);
        this.#options.load.learn(call.tenant, message.refusal);
        call.reply.fail(message.refusal, this.#limitsOf(call));
        return;
      default:
        message satisfies never;
    }
  }

  #learn(call: Call, limits: RateLimits): void {
    call.limits = limits;
    this.#options.limits.learn(call.tenant, limits);
  }

  /** Also of a call that no queue has answered. */
  #limitsOf(call: Call): RateLimits | undefined {
    return call.limits ?? this.#options.limits.of(call.tenant);
  }

  #full(call: Call): void {
    this.paused(call);
    if (call.reply.bufferedBytes() <= this.#options.config.writeBufferBytesMax) return;
    this.#giveUp(call, { code: "client_too_slow", message: "The reply was not read in time." });
  }

  #signal({ client, session }: Call, message: ToSession): void {
    const isTaken = this.#options.host.send(client, session, message) === "accepted";
    if (isTaken) this.#unsent.delete(session);
    else this.#unsent.set(session, { client, message });
  }

  #end(call: Call): void {
    call.isOver = true;
    this.#calls.delete(call.requestId);
    if (this.#calls.size === 0) this.#isEmpty?.();
  }

  #giveUp(call: Call, refusal: Refusal): void {
    this.gone(call);
    try {
      call.reply.fail(refusal, this.#limitsOf(call));
    } catch (bug) {
      this.#options.onFault(call.requestId, bug);
    }
  }

  /** Every wait has a timer: this one is for all calls, should a session be lost with its state. */
  #sweepOverdue(): void {
    const { host } = this.#options;
    for (const [session, { client, message }] of this.#unsent) {
      if (host.send(client, session, message) === "accepted") this.#unsent.delete(session);
    }
    const nowMs = host.nowMs();
    for (const call of this.#calls.values()) {
      if (call.overdueAtMs > nowMs) continue;
      this.#giveUp(call, { code: "internal", message: "The request was lost by this server." });
    }
    if (this.#calls.size > 0 || this.#unsent.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  async #emptyWithin(patienceMs: number): Promise<boolean> {
    if (this.#calls.size === 0) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), patienceMs);
    this.#isEmpty = () => resolve(true);
    const isEmpty = await promise;
    clearTimeout(timer);
    this.#isEmpty = undefined;
    return isEmpty;
  }
}

const edgeFull: Refusal = {
  code: "edge_full",
  message: "This edge holds as many calls as it can. Try again shortly.",
  retryAfterMs: 1000,
};
