// An edge's part in rollouts: counts what becomes of each arm's requests as clients see it, tells that to the deciders, runs
// copies and golden prompts against new versions. Nothing of it can touch a client's request: what fails here fails unseen.

import type { Address } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { armDeskAddress, rolloutAddress } from "#shared/messages/addresses.ts";
import type { RunGolden, ToArmDesk } from "#shared/messages/to-arm-desk.ts";
import type { ToRollout } from "#shared/messages/to-rollout.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { fnv1a32 } from "#shared/model/hash-32.ts";
import type { EdgeId, RequestId } from "#shared/model/ids.ts";
import type { Arm } from "#shared/model/rollout.ts";
import { rolloutAccount, versionOf, wholeShare } from "#shared/model/rollout.ts";
import { shardCountDefault, shardOf } from "#shared/model/shard.ts";
import type { AdmittedArm, AdmittedCall } from "./admit.ts";
import { admitTo } from "./admit.ts";
import { ArmTally } from "./arm-tally.ts";
import type { ClientCalls, Reply } from "./client-calls.ts";
import { noKey } from "./client-calls.ts";
import { EvidenceShare } from "./evidence-share.ts";
import type { FleetView } from "./fleet-view.ts";
import { findVersion } from "./resolve-model.ts";
import { newRequestId } from "./request-id.ts";
import { UnseenReply } from "./unseen-reply.ts";
import type { Watching } from "./watched-reply.ts";
import { WatchedReply } from "./watched-reply.ts";

export interface ArmDeskPorts {
  readonly host: Host;
  readonly edge: EdgeId;
  readonly calls: ClientCalls;
  readonly view: () => FleetView;
  readonly note: (event: string, fields: NoteRecord["fields"]) => void;
}

export interface WatchedCall {
  /** Of the stream. */
  readonly requestId: RequestId;
  readonly admitted: AdmittedCall;
  readonly arm?: AdmittedArm | undefined;
  /** Sooner than ours: that it passes is no fault of a version. */
  readonly isDeadlineCallers?: boolean;
}

interface Book {
  readonly v1: ArmTally;
  readonly v2: ArmTally;
  readonly shadow: ArmTally;
  readonly shares: Readonly<Record<Arm, EvidenceShare>>;
  /** No longer under way: told until then, for what was open when it ended. */
  goneAtMs: number | undefined;
}

const tellEveryMs = 500;
const tellAfterMs = 5_000;
/** Copies and golden prompts at once: what is more is left out. */
const unseenMax = 4;
const unseenTimeoutMs = 60_000;
/** Requests that are looked up when they get a place or an engine dies under them; the oldest are forgotten. */
const openMax = 20_000;

/** Of a request's story. */
const followed: ReadonlySet<string> = new Set([
  "session.granted",
  "session.runs-again",
  "session.attempt-lost",
]);

export class ArmDesk {
  readonly #ports: ArmDeskPorts;
  readonly #self: Address;
  readonly #life: number = Date.now();
  readonly #books = new Map<string, Book>();
  readonly #open = new Map<string, WatchedReply>();
  #unseen = 0;

  constructor(ports: ArmDeskPorts) {
    this.#ports = ports;
    this.#self = armDeskAddress(ports.edge);
    ports.host.attach("arm-desk", (_to, from, message) =>
      this.#runGolden(from, message as ToArmDesk),
    );
    setInterval(() => this.#tell(), tellEveryMs).unref();
    this.follow(ports.view().fleet);
  }

  /** The desired state has changed. */
  follow({ rollouts = [] }: Fleet): void {
    const live = new Set(rollouts.flatMap(({ id, isOver }) => (isOver ? [] : [id])));
    for (const id of live) this.#bookOf(id).goneAtMs = undefined;
    const nowMs = this.#ports.host.nowMs();
    for (const [id, book] of this.#books) {
      if (!live.has(id)) book.goneAtMs ??= nowMs;
    }
  }

  /** What the client is told is counted for its arm. The reply itself where there is none. */
  watch({ requestId, admitted, arm: picked, isDeadlineCallers }: WatchedCall, reply: Reply): Reply {
    if (picked === undefined) return reply;
    const { rollout, arm } = picked;
    const { [arm]: tally, shares } = this.#bookOf(rollout.id);
    const { tenant, model, adapterDigest } = admitted;
    const about = { requestId, tenant, model, adapterDigest, rollout: rollout.id, arm };
    this.#ports.note("edge.arm", about);
    return this.#watched(requestId, reply, {
      tally,
      isDeadlineMoot: isDeadlineCallers === true,
      mayCount: () =>
        rollout.tenant !== undefined || shares[arm].take(tenant, this.#ports.host.nowMs()),
      onCounted: () => {
        if (arm === "v1") this.#perhapsCopy(picked, requestId, admitted);
      },
    });
  }

  /** A note of this process: engines that fail under a request are counted at once, not when it ends. */
  hear({ event, fields, nowMs }: NoteRecord): void {
    if (this.#open.size === 0) return;
    if (!followed.has(event)) return;
    const { requestId, reason } = fields;
    const watched = this.#open.get(String(requestId));
    if (watched === undefined) return;
    if (event === "session.granted") watched.granted(nowMs);
    else if (event === "session.runs-again") watched.repeated();
    else if (reason === "engine-crashed" || reason === "engine-lost") watched.crashed();
  }

  #watched(
    requestId: RequestId,
    reply: Reply,
    watching: Omit<Watching, "nowMs" | "onEnd">,
  ): WatchedReply {
    const watched = new WatchedReply(reply, {
      ...watching,
      nowMs: () => this.#ports.host.nowMs(),
      onEnd: () => {
        if (this.#open.get(requestId) === watched) this.#open.delete(requestId);
      },
    });
    // Of two with one name the first is the one that runs.
    if (!this.#open.has(requestId)) this.#open.set(requestId, watched);
    const [oldest] = this.#open.keys();
    if (this.#open.size > openMax && oldest !== undefined) this.#open.delete(oldest);
    return watched;
  }

  #bookOf(id: string): Book {
    const known = this.#books.get(id);
    if (known !== undefined) return known;
    const book = {
      v1: new ArmTally(),
      v2: new ArmTally(),
      shadow: new ArmTally(),
      shares: { v1: new EvidenceShare(), v2: new EvidenceShare() },
      goneAtMs: undefined,
    };
    this.#books.set(id, book);
    return book;
  }

  #tell(): void {
    const { host, edge } = this.#ports;
    const nowMs = host.nowMs();
    for (const [id, { v1, v2, shadow, goneAtMs }] of this.#books) {
      if (goneAtMs !== undefined && nowMs - goneAtMs > tellAfterMs) this.#books.delete(id);
      const counts = { v1: v1.counts(), v2: v2.counts(), shadow: shadow.counts() };
      const told: ToRollout = { kind: "arms-counted", edge, life: this.#life, counts };
      host.send(this.#self, rolloutAddress(id), told);
    }
  }

  /** After the client's own call has been admitted: what its limits refuse costs nothing. By the request's id, which nobody chooses. */
  #perhapsCopy(picked: AdmittedArm, requestId: RequestId, admitted: AdmittedCall): void {
    const { shadowShare, id } = picked.rollout;
    if (shadowShare === 0 || fnv1a32(requestId) % wholeShare >= shadowShare) return;
    if (this.#unseen >= unseenMax) return;
    setImmediate(() => {
      try {
        this.#copy(picked, admitted);
      } catch (bug) {
        this.#ports.note("edge.copy-failed", { rollout: id, reason: String(bug).slice(0, 200) });
      }
    });
  }

  /**
   * Where the original may run and no further, for nobody, on an account of its own; its cached prefixes stay among those whom its
   * tenant trusts, as the original's do. What another model does not hold has no copy.
   */
  #copy({ rollout, onOther }: AdmittedArm, original: AdmittedCall): void {
    const { view } = this.#ports;
    const { tenants } = view();
    const tenant = tenants.get(original.tenant);
    if (tenant === undefined || !tenants.has(rolloutAccount) || this.#unseen >= unseenMax) return;
    const target = findVersion(view(), tenant, versionOf(rollout, "v2"));
    const call = onOther === undefined ? original : onOther();
    if (target === undefined || call === undefined || "code" in call) return;
    const requestId = newRequestId();
    const reply = this.#watched(requestId, this.#unseenReply(), {
      tally: this.#bookOf(rollout.id).shadow,
      // It waits behind everyone: that it had no turn is not its version's fault.
      isDeadlineMoot: true,
    });
    this.#begin(requestId, {
      reply,
      admitted: {
        ...call,
        tenant: rolloutAccount,
        shard: shardOf(rolloutAccount, shardCountDefault),
        adapterDigest: target.adapterDigest,
        namespace: target.namespace,
      },
    });
  }

  #unseenReply(onEnd: (output: string, fault: string | undefined) => void = () => {}): UnseenReply {
    this.#unseen++;
    return new UnseenReply((output, fault) => {
      this.#unseen--;
      onEnd(output, fault);
    });
  }

  #begin(
    requestId: RequestId,
    { reply, admitted }: { readonly reply: Reply; readonly admitted: AdmittedCall },
  ): void {
    const { calls } = this.#ports;
    const opened = calls.open({
      requestId,
      arrivedAtEpochMs: Date.now(),
      timeoutMs: unseenTimeoutMs,
      keyId: noKey,
      admitted,
      reply,
    });
    if ("code" in opened) reply.fail(opened, undefined);
  }

  #runGolden(rollout: Address, { index, round, ...asked }: RunGolden): void {
    const answer = (output: string, fault?: string): void => {
      const told: ToRollout = {
        kind: "golden-output",
        index,
        round,
        output,
        ...(fault === undefined ? {} : { fault }),
      };
      this.#ports.host.send(this.#self, rollout, told);
    };
    const admitted = this.#admitGolden(asked);
    if (typeof admitted === "string") return answer("", admitted);
    if (this.#unseen >= unseenMax) return answer("", "the edge runs enough of them already");
    const reply = this.#unseenReply((output, fault) => answer(output, fault));
    this.#begin(newRequestId(), { reply, admitted });
  }

  #admitGolden({
    model,
    digest,
    prompt,
  }: Omit<RunGolden, "index" | "round">): AdmittedCall | string {
    const { view } = this.#ports;
    const account = view().tenants.get(rolloutAccount);
    if (account === undefined) return "the edge does not know of the rollout yet";
    const target = findVersion(view(), account, { model, digest });
    if (target === undefined) return "the edge does not know the new version yet";
    const { prompt: text, isChat = false, outputTokensMax } = prompt;
    const call = admitTo(target, account, {
      model,
      prompt: isChat
        ? { kind: "chat", messages: [{ role: "user", text }] }
        : { kind: "text", text },
      outputTokensMax,
      outputTokensMin: 0,
      ignoreEos: false,
      stopStrings: [],
      sampling: { temperature: 0, seed: 0 },
    });
    return "code" in call ? call.message : call;
  }
}
