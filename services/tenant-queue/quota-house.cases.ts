// For tests: one tenant over several owners, its store, and its sessions, which deliver, cross windows, vanish, come back
// and end; and what of it all counts in which window, by what each session was allowed and by its own clock.

import type { Address, Effect } from "#shared/actor/actor.ts";
import type { EscrowRecord } from "#shared/coordination/escrow.ts";
import { exchange } from "#shared/coordination/escrow.ts";
import { sessionAddress } from "#shared/messages/addresses.ts";
import type { ExchangeEscrow } from "#shared/messages/to-coordination.ts";
import type { Submit } from "#shared/messages/to-tenant-queue.ts";
import type { AdapterDigest, EdgeId, PoolId, RequestId, WorkerId } from "#shared/model/ids.ts";
import type { OutputAllowance } from "#shared/model/output-allowance.ts";
import { laterAllowance } from "#shared/model/output-allowance.ts";
import type { Quota } from "#shared/model/quota.ts";
import { amountsOf, limitCounted } from "#shared/model/quota.ts";
import { windowAt } from "#shared/model/quota-window.ts";
import { pass, startScriptedQueue, tellCommand, tellMessage } from "./scripted-queue.ts";
import type { ScriptedQueue } from "./scripted-queue.ts";

const timeoutMs = 8000;

interface LiveRequest {
  readonly id: string;
  readonly promptTokens: number;
  readonly outputTokensMax: number;
  allowance: OutputAllowance | undefined;
  /** Its deadline: by then its session has ended. */
  readonly overAtMs: number;
  delivered: number;
  attempt: number;
  /** What its standing attempt was given as a prefix. */
  forcedTokens: number;
  /** By its session's clock: the day that its prompt is billed to, and its output by day. */
  readonly arrivedOn: string;
  readonly outputOn: Map<string, number>;
  hasRun: boolean;
}

/** Its edge is gone, or only away. */
type VanishedRequest = LiveRequest & { readonly allowance: OutputAllowance };

export class QuotaHouse {
  script: ScriptedQueue;
  epoch = 5;
  record: EscrowRecord | undefined;
  /** The store's clock and, `skewMs` later, the sessions'. */
  epochMs: number;
  skewMs = 0;
  readonly quotas: readonly Quota[];
  readonly questions: ExchangeEscrow[] = [];
  readonly live: Map<string, LiveRequest> = new Map<string, LiveRequest>();
  readonly vanished: Map<string, VanishedRequest> = new Map<string, VanishedRequest>();
  /** Of what is over. */
  readonly usedIn: Map<string, number> = new Map<string, number>();
  readonly billedOn: Map<string, number> = new Map<string, number>();
  /** Streams that went on in a next window, and those that found nothing there. */
  renewals = 0;
  #count = 0;

  constructor(quotas: readonly Quota[], atEpochMs: number) {
    this.quotas = quotas;
    this.epochMs = atEpochMs;
    this.script = startScriptedQueue(1000);
    this.place();
  }

  place(): void {
    const words = this.quotas.map(({ mode, period, metric, limit }) =>
      [mode, period, metric, limit].join(":"),
    );
    this.tell(
      `placed quotas=${words.join(",")} epoch=${this.epoch} concurrency=100 tpm=1000000 context=100000`,
    );
  }

  tell(line: string): void {
    this.hear(tellCommand(this.script, line));
  }

  hear(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind !== "send") continue;
      const message = effect.message as { readonly kind: string; readonly requestId: string };
      if (message.kind === "exchange-escrow") {
        this.questions.push(message as unknown as ExchangeEscrow);
      }
      const live = this.live.get(message.requestId);
      if (live === undefined) continue;
      if (message.kind === "queued") {
        const said = (message as { allowance?: OutputAllowance }).allowance;
        if (renewedAt(said) > renewedAt(live.allowance ?? said)) this.renewals++;
        live.allowance = laterAllowance(live.allowance, said);
      }
      if (message.kind === "refused") this.#end(live);
    }
  }

  submit(promptTokens: number, outputTokensMax: number): void {
    const live: LiveRequest = {
      id: `r${++this.#count}`,
      promptTokens,
      outputTokensMax,
      overAtMs: this.script.nowMs + timeoutMs,
      allowance: undefined,
      delivered: 0,
      attempt: 1,
      forcedTokens: 0,
      arrivedOn: this.#today(),
      outputOn: new Map(),
      hasRun: false,
    };
    this.live.set(live.id, live);
    this.#ask(live, { admitted: false });
  }

  #today = (): string => windowAt("day", this.epochMs + this.skewMs);

  #ask(live: LiveRequest, more: Partial<Submit>): void {
    const { id, attempt, promptTokens, outputTokensMax, delivered, allowance, overAtMs } = live;
    const message: Submit = {
      kind: "submit",
      requestId: id as RequestId,
      attempt,
      pool: "main" as PoolId,
      adapterDigest: "" as AdapterDigest,
      prefixKeys: [],
      promptTokens,
      outputTokensMax,
      deliveredTokens: delivered,
      admitted: true,
      shardEpoch: this.epoch,
      ageMs: 0,
      remainingMs: overAtMs - this.script.nowMs,
      ...(allowance === undefined ? {} : { allowance }),
      ...more,
    };
    const session: Address = sessionAddress("e1" as EdgeId, id as RequestId);
    this.hear(tellMessage(this.script, session, message));
  }

  #isWindowOver({ allowance }: LiveRequest): boolean {
    return (allowance?.renewAtEpochMs ?? Infinity) <= this.epochMs + this.skewMs;
  }

  /** So much of what it is allowed; or, where a window is over, it asks for the next one. */
  deliver(pick: number, share: number): void {
    const live = pickOf(this.live, pick);
    if (live?.allowance === undefined) return;
    const { renewAtEpochMs } = live.allowance;
    if (this.#isWindowOver(live) && renewAtEpochMs !== undefined) {
      this.#ask(live, { renewsAtEpochMs: renewAtEpochMs, runningOn: "w1" as WorkerId });
      return;
    }
    this.#give(live, share);
    if (live.delivered < live.allowance.outputTokens) return;
    if (live.delivered >= live.outputTokensMax || live.allowance.atEnd === "complete") return;
    live.attempt += 1;
    live.forcedTokens = live.delivered;
    this.#ask(live, {});
  }

  #give(live: LiveRequest, share: number): void {
    if (live.allowance === undefined || this.#isWindowOver(live)) return;
    live.hasRun = true;
    const tokens = Math.floor(((live.allowance.outputTokens - live.delivered) * share) / 100);
    live.delivered += tokens;
    const today = this.#today();
    live.outputOn.set(today, (live.outputOn.get(today) ?? 0) + tokens);
  }

  /** A part of it runs, and its session is heard of no more; what is told of it is told in `tellEnd`. */
  vanish(pick: number, share: number): void {
    const live = pickOf(this.live, pick);
    if (live?.allowance === undefined) return;
    this.#give(live, share);
    live.hasRun = true;
    this.live.delete(live.id);
    this.vanished.set(live.id, live as VanishedRequest);
    this.tell(`granted ${live.id} attempt=${live.attempt}`);
  }

  /** Its worker has ended the attempt. */
  tellEnd(pick: number): void {
    const gone = pickOf(this.vanished, pick);
    if (gone === undefined) return;
    const { id, attempt, promptTokens, delivered, forcedTokens } = gone;
    const output = delivered - forcedTokens;
    this.tell(`ended ${id} attempt=${attempt} prefill=${promptTokens} output=${output}`);
  }

  /** It was only away: it asks for its next attempt. */
  comeBack(pick: number): void {
    const gone = pickOf(this.vanished, pick);
    if (gone === undefined || gone.overAtMs <= this.script.nowMs) return;
    this.vanished.delete(gone.id);
    gone.attempt += 1;
    gone.forcedTokens = gone.delivered;
    this.live.set(gone.id, gone);
    this.#ask(gone, {});
  }

  /** It was only away, and is over: it read to its end meanwhile. */
  sayLast(pick: number, share: number): void {
    const gone = pickOf(this.vanished, pick);
    if (gone === undefined || gone.overAtMs <= this.script.nowMs) return;
    this.vanished.delete(gone.id);
    this.live.set(gone.id, gone);
    this.finish(this.live.size - 1, share);
  }

  /** Live sessions are spoken for every two seconds, and end by their deadlines. */
  wait(ms: number): void {
    for (let left = ms; left > 0; left -= 2000) this.#waitShortly(Math.min(2000, left));
  }

  #waitShortly(ms: number): void {
    const untilMs = this.script.nowMs + ms;
    for (const { id, overAtMs } of this.live.values()) {
      if (overAtMs <= untilMs) this.finish([...this.live.keys()].indexOf(id), 100);
    }
    this.epochMs += ms;
    for (const { id } of this.live.values()) this.tell(`renew ${id}`);
    this.hear(pass(this.script, ms));
  }

  /** The store hears a question, the newest or an older one again; its answer may be lost. */
  answer(pick: number, isLost: boolean): void {
    const question = this.questions.at(-1 - (pick % Math.max(1, this.questions.length)));
    // The store's fence: what an earlier owner asks has no effect.
    if (question === undefined || question.shardEpoch !== this.epoch) return;
    const exchanged = exchange(this.record, question, this.epochMs);
    if (exchanged === undefined) return;
    this.record = exchanged.record;
    const store = "coordination/p1" as Address;
    if (!isLost) this.hear(tellMessage(this.script, store, exchanged.answer));
  }

  answerAll(): void {
    for (let index = this.questions.length - 1; index >= 0; index--) this.answer(index, false);
  }

  finish(pick: number, share: number): void {
    const live = pickOf(this.live, pick);
    if (live === undefined) return;
    this.#give(live, share);
    const { id, attempt, promptTokens, delivered, hasRun } = live;
    this.#end(live);
    const ran = hasRun ? ` prefill=${promptTokens} output=${delivered}` : "";
    this.tell(`finished ${id} attempt=${attempt}${ran} delivered=${delivered}`);
  }

  #end(live: LiveRequest): void {
    this.live.delete(live.id);
    const { arrivedOn, outputOn, promptTokens, hasRun } = live;
    if (!hasRun) return;
    for (const [key, amount] of this.#countedOf(live, false)) add(this.usedIn, key, amount);
    add(this.billedOn, arrivedOn, promptTokens);
    for (const [day, tokens] of outputOn) add(this.billedOn, day, tokens);
  }

  /** The owner dies; the next collects what the sessions hold. */
  crash(): void {
    this.epoch += 1;
    this.script = startScriptedQueue(this.script.nowMs);
    this.place();
    for (const live of this.live.values()) {
      const runsOn = live.hasRun ? { runningOn: "w1" as WorkerId } : {};
      this.#ask(live, { admitted: live.allowance !== undefined, ...runsOn });
    }
  }

  /** What was used or may be used yet, by quota and window. */
  spent(): ReadonlyMap<string, number> {
    const spent = new Map(this.usedIn);
    for (const live of this.live.values()) {
      for (const [key, amount] of this.#countedOf(live, true)) add(spent, key, amount);
    }
    for (const gone of this.vanished.values()) {
      const mayRun = gone.overAtMs > this.script.nowMs;
      for (const [key, amount] of this.#countedOf(gone, mayRun)) add(spent, key, amount);
    }
    return spent;
  }

  *#countedOf(live: LiveRequest, mayRun: boolean): Generator<readonly [string, number]> {
    const { allowance, promptTokens, delivered } = live;
    for (const hold of allowance?.holds ?? []) {
      const { period, window, fromOutputTokens, isFirst } = hold;
      const { toOutputTokens = mayRun ? (allowance?.outputTokens ?? 0) : delivered } = hold;
      const work = {
        requests: isFirst ? 1 : 0,
        promptTokens: isFirst ? promptTokens : 0,
        outputTokens: Math.max(0, toOutputTokens - fromOutputTokens),
      };
      for (const quota of this.quotas.filter((each) => each.period === period)) {
        yield [`${period} ${quota.metric} ${window}`, amountsOf(work)[quota.metric]];
      }
    }
  }

  /** Sentences on what was spent beyond a hard quota. */
  overspent(): readonly string[] {
    return [...this.spent()].flatMap(([key, amount]) => {
      const [period, metric] = key.split(" ");
      const quota = this.quotas.find(
        (each) => each.mode === "hard" && each.period === period && each.metric === metric,
      );
      if (quota === undefined || amount <= limitCounted(quota)) return [];
      return [`${amount} of ${limitCounted(quota)} in ${key}`];
    });
  }
}

const renewedAt = (allowance: OutputAllowance | undefined): number =>
  allowance?.renewAtEpochMs ?? Infinity;

const pickOf = <Value>(from: ReadonlyMap<string, Value>, pick: number): Value | undefined =>
  [...from.values()][pick % Math.max(1, from.size)];

function add(to: Map<string, number>, key: string, amount: number): void {
  to.set(key, (to.get(key) ?? 0) + amount);
}
