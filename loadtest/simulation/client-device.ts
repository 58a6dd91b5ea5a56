// The clients of one edge, simulated: open calls when the plan says so, read, stall, hang up, and write down
// everything they see.

import type { Address } from "#shared/actor/actor.ts";
import { clientAddress, meterAddress, sessionAddress } from "#shared/messages/addresses.ts";
import type { Open } from "#shared/messages/open-request.ts";
import type { Completed, Failed, ToClient } from "#shared/messages/to-client.ts";
import type { ToSession } from "#shared/messages/to-session.ts";
import type { EdgeId, RequestId } from "#shared/model/ids.ts";
import type { SimulatedClock } from "#shared/sim/simulated-clock.ts";
import type { SimulatedHost } from "#shared/sim/simulated-host.ts";
import type { ClientHistory, EchoHistory } from "./client-history.ts";
import { isOver, startHistory } from "./client-history.ts";
import { epochMsAt } from "./seed-calendar.ts";
import { residencyOf } from "./seed-fleet.ts";
import type { ComingBack, Echo, PlannedRequest } from "./workload.ts";

/**
 * A session writes its bill within 12 s, or 35 s if its worker is silent; its meter hands over within its longest pause, or
 * finds out within half a minute that the log has forgotten.
 */
const billedWithinMs = 83_000;
/** An edge gives no more than this after its client has gone. */
const afterGoneMs = 1;

export interface ClientDeviceOptions {
  readonly host: SimulatedHost;
  readonly clock: SimulatedClock;
  /** Outlives the edge: every client of the seed, by request. */
  readonly histories: Map<string, ClientHistory>;
  /** The clients of another edge; undefined while it is dead. */
  readonly deviceOf: (edge: string) => ClientDevice | undefined;
}

export class ClientDevice {
  readonly #host: SimulatedHost;
  readonly #clock: SimulatedClock;
  readonly #histories: Map<string, ClientHistory>;
  readonly #open = new Set<ClientHistory>();
  /** By a session that has another id than its request. */
  readonly #bySession = new Map<string, ClientHistory>();
  readonly #echoes = new Map<string, [EchoHistory, ClientHistory]>();
  readonly #deviceOf: (edge: string) => ClientDevice | undefined;

  constructor({ host, clock, histories, deviceOf }: ClientDeviceOptions) {
    this.#host = host;
    this.#clock = clock;
    this.#histories = histories;
    this.#deviceOf = deviceOf;
    host.attach("client", (to, _from, message) => this.#hear(to, message as ToClient));
  }

  open(request: PlannedRequest): void {
    const history = startHistory(request, this.#clock.nowMs);
    this.#histories.set(request.requestId, history);
    this.#bySession.set(history.session, history);
    this.#open.add(history);
    this.#tell(history, openOf(request, this.#host.process));
    for (const echo of request.named?.echoes ?? []) {
      this.#clock.schedule(this.#clock.nowMs + echo.afterMs, () => {
        const device = this.#deviceOf(echo.edge);
        if (device !== undefined) device.#echo(history, echo);
      });
    }
    if (request.hangUp?.kind === "after-ms") {
      this.#clock.schedule(this.#clock.nowMs + request.hangUp.ms, () => {
        const device = this.#holderOf(history);
        // The edge notices when it is awake.
        if (device !== undefined) device.#host.whenAwake(() => device.#hangUp(history));
      });
    }
  }

  /** Where it reads: elsewhere, once it has come back. */
  #holderOf({ edge }: ClientHistory): ClientDevice | undefined {
    return edge === this.#host.process ? this : this.#deviceOf(edge);
  }

  #echo(history: ClientHistory, { edge, session }: Echo): void {
    const { request } = history;
    const started = { text: "", outputTokens: 0, end: undefined, surprises: [] };
    const echo: EchoHistory = { request, edge, session, ...started };
    history.echoes.push(echo);
    this.#echoes.set(session, [echo, history]);
    const open = { ...openOf(request, this.#host.process), edge };
    this.#host.send(clientAddress(edge, session), sessionAddress(edge, session), open);
  }

  #hearEcho([echo, history]: [EchoHistory, ClientHistory], message: ToClient): void {
    if (echo.end !== undefined) echo.surprises.push(`${message.kind} after ${echo.end.kind}`);
    if (message.kind === "output") {
      echo.text += message.text;
      echo.outputTokens = message.outputTokens;
      this.#give(history, echo.session, message.outputTokens);
    } else if (message.kind === "completed" || message.kind === "failed") echo.end ??= message;
  }

  #give(history: ClientHistory, session: string, outputTokens: number): void {
    const edge = this.#host.process;
    history.mostTokens = Math.max(history.mostTokens, outputTokens);
    const given = { edge, outputTokens, atMs: this.#clock.nowMs, lostAtMs: undefined };
    history.given.set(session, given);
  }

  /** The edge died: every open socket breaks, and what its meter had not handed over is lost. */
  breakAll(): void {
    const cut = new Set(this.#open);
    this.#open.clear();
    for (const history of cut) history.isBroken = true;
    for (const history of this.#histories.values()) this.#loseBill(history);
    for (const history of cut) this.#willComeBack(history);
  }

  #loseBill(history: ClientHistory): void {
    this.#loseGiven(history);
    const isOf = (edge: string | undefined): boolean => edge === this.#host.process;
    const isEchosEdge = history.echoes.some(({ edge }) => isOf(edge));
    if (isOf(history.cut?.edge) || isOf(history.edge) || isEchosEdge) {
      history.billLostAtMs = this.#clock.nowMs;
    }
    // What it had told the meter of another's reading, or was about to.
    history.isBillLost ||= isEchosEdge;
    if (history.cut !== undefined && isOf(history.cut.edge)) history.cut.isBillLost = true;
    if (!isOf(history.edge)) return;
    const endedAtMs = history.hungUpAtMs ?? history.endedAtMs;
    history.isBillLost ||= history.isBroken || this.#clock.nowMs - endedAtMs < billedWithinMs;
  }

  #loseGiven({ given }: ClientHistory): void {
    const { nowMs } = this.#clock;
    for (const stream of given.values()) {
      const mayBeUnbilled = nowMs - stream.atMs < billedWithinMs;
      if (stream.edge === this.#host.process && mayBeUnbilled) stream.lostAtMs ??= nowMs;
    }
  }

  #hear(to: Address, message: ToClient): void {
    const session = to.slice(to.lastIndexOf("/") + 1);
    const echo = this.#echoes.get(session);
    if (echo !== undefined) return this.#hearEcho(echo, message);
    const history = this.#bySession.get(session);
    // What an edge says to a socket that its client has left for another, nobody reads.
    if (history === undefined || history.session !== session) return;
    this.#judge(history, message);
    switch (message.kind) {
      case "admitted":
        history.admissions++;
        history.isHeardAgain = history.cut !== undefined;
        return;
      case "resumed":
        history.isHeardAgain = true;
        return;
      case "output":
        history.outputs++;
        history.text += message.text;
        history.outputTokens = message.outputTokens;
        this.#give(history, session, message.outputTokens);
        history.lastIndex = message.index;
        history.cut = undefined;
        this.#react(history);
        return;
      case "completed":
      case "failed":
        if (isRefusal(history, message)) return this.#refused(history);
        history.end ??= message;
        history.endedAtMs = this.#clock.nowMs;
        this.#open.delete(history);
        return;
      default:
        message satisfies never;
    }
  }

  #judge(history: ClientHistory, message: ToClient): void {
    const { end, hungUpAtMs, surprises } = history;
    if (end !== undefined) surprises.push(`${message.kind} after ${end.kind}`);
    if (hungUpAtMs !== undefined && this.#clock.nowMs > hungUpAtMs + afterGoneMs) {
      surprises.push(`${message.kind} after it hung up`);
    }
    if (message.kind === "output" && message.text === "") surprises.push("an empty output");
    if (message.kind === "output" && message.outputTokens < history.outputTokens) {
      surprises.push("fewer output tokens than before");
    }
  }

  #react(history: ClientHistory): void {
    const { hangUp, slowReading, comingBack } = history.request;
    if (comingBack?.unnoticedAfter === history.outputs) this.#loseLine(history);
    if (hangUp?.kind === "after-outputs" && history.outputs === hangUp.outputs) {
      this.#hangUp(history);
    }
    if (slowReading === undefined || history.outputs !== slowReading.afterOutputs) return;
    this.#tell(history, { kind: "client-paused" });
    this.#clock.schedule(this.#clock.nowMs + slowReading.forMs, () => {
      if (!isOver(history)) this.#tell(history, { kind: "client-ready" });
    });
  }

  #hangUp(history: ClientHistory): void {
    if (isOver(history)) return;
    history.hungUpAtMs = this.#clock.nowMs;
    this.#open.delete(history);
    // It left before it had an answer: nobody may have taken over what stood when it lost its stream.
    if (!history.isHeardAgain) history.isBillLost ||= history.cut?.isBillLost ?? false;
    this.#tell(history, { kind: "client-gone" });
    this.#willComeBack(history);
  }

  /** Its edge goes on, to nobody: what that one bills says nothing, unless the rest is got elsewhere. */
  #loseLine(history: ClientHistory): void {
    if (isOver(history) || history.comesBack !== "not") return;
    Object.assign(history, { isBroken: true, isBillLost: true, session: "" });
    this.#open.delete(history);
    this.#willComeBack(history);
  }

  /** Once, and not if it left for good. */
  #willComeBack(history: ClientHistory): void {
    const { comingBack } = history.request;
    if (comingBack === undefined || history.comesBack !== "not") return;
    history.comesBack = "will";
    this.#clock.schedule(this.#clock.nowMs + comingBack.afterMs, () => {
      const device = this.#deviceOf(comingBack.edge);
      history.comesBack = "does";
      // Its last bytes were on their way when it hung up.
      if (history.end !== undefined) return;
      // A dead edge cannot be called.
      if (device !== undefined) device.#comeBack(history, comingBack);
    });
  }

  #comeBack(history: ClientHistory, { edge, session, isForgetful }: ComingBack): void {
    const { hungUpAtMs, isBroken, isBillLost, text, outputTokens } = history;
    const from = { edge: history.edge, session: history.session };
    history.cut = { hungUpAtMs, isBroken, isBillLost, text, outputTokens, ...from };
    if (isForgetful) Object.assign(history, { text: "", outputTokens: 0, lastIndex: -1 });
    const opened = { edge, session, openedAtMs: this.#clock.nowMs };
    Object.assign(history, opened, { hungUpAtMs: undefined, isBroken: false, isBillLost: false });
    this.#open.add(history);
    this.#bySession.set(session, history);
    if (history.request.named !== undefined) return this.#askAgain(history);
    const { tenant, shard, requestId, timeoutMs } = history.request;
    const meter = meterAddress(this.#host.process);
    const after = history.lastIndex;
    const stream = { requestId, edge, meter, tenant, shard, after } as const;
    this.#tell(history, { kind: "resume", ...stream, timeoutMs });
  }

  #askAgain(history: ClientHistory): void {
    const { request, lastIndex, edge } = history;
    const after = lastIndex < 0 ? {} : { after: lastIndex };
    const open = openOf(request, this.#host.process);
    this.#tell(history, { ...open, edge: edge as EdgeId, ...after });
  }

  /** It has what it had. */
  #refused(history: ClientHistory): void {
    this.#open.delete(history);
    Object.assign(history, history.cut);
    history.cut = undefined;
  }

  #tell(history: ClientHistory, message: ToSession): void {
    const [edge, session] = [history.edge as EdgeId, history.session as RequestId];
    this.#host.send(clientAddress(edge, session), sessionAddress(edge, session), message);
  }
}

/** Nothing of the rest was given. That all was given before, and the request cut, is an end. */
const isRefusal = ({ cut }: ClientHistory, message: Completed | Failed): boolean =>
  cut !== undefined && message.kind === "failed" && message.refusal.code !== "cancelled";

function openOf(request: PlannedRequest, process: string): Open {
  const { requestId, edge, tenant, shard, pool, model, adapterDigest, namespace } = request;
  const { promptBytes, promptDigest, promptTokens, outputTokensMax, ignoreEos } = request;
  const residency = residencyOf(tenant);
  return {
    kind: "open",
    requestId,
    edge,
    meter: meterAddress(process),
    tenant,
    shard,
    pool,
    model,
    modelVersion: `${model}-1`,
    adapterDigest,
    namespace,
    promptBytes,
    promptDigest,
    promptTokens,
    outputTokensMax,
    outputTokensMin: 0,
    ignoreEos,
    stopStrings: request.stopStrings,
    sampling: {},
    timeoutMs: request.timeoutMs,
    ...(residency === undefined ? {} : { residency }),
    arrivedAtEpochMs: epochMsAt(request.atMs),
    ...(request.named === undefined
      ? {}
      : { idempotency: { key: `key of ${requestId}`, body: promptDigest, run: 0 } }),
  };
}
