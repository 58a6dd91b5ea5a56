// An edge's part in trials of adapters that tenants brought: runs one short request with each, on an account that nobody has a
// key of, and says what became of it. Law: no token, no pass; and nothing of it touches a client's request.

import type { Address } from "#shared/actor/actor.ts";
import type { Host, NoteRecord } from "#shared/actor/host.ts";
import { trialDeskAddress } from "#shared/messages/addresses.ts";
import type { ToAdapterTrials } from "#shared/messages/to-adapter-trials.ts";
import type { Completed } from "#shared/messages/to-client.ts";
import type { RunTrial, ToTrialDesk } from "#shared/messages/to-trial-desk.ts";
import type { TrialVerdict } from "#shared/model/adapter-trial.ts";
import { trialAccount } from "#shared/model/adapter-trial.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import type { Refusal, RefusalCode } from "#shared/model/refusal.ts";
import type { AdmittedCall } from "./admit.ts";
import { admitTo } from "./admit.ts";
import type { ClientCalls, Reply } from "./client-calls.ts";
import { noKey } from "./client-calls.ts";
import type { FleetView } from "./fleet-view.ts";
import { newRequestId } from "./request-id.ts";
import { findVersion } from "./resolve-model.ts";

interface DeskPorts {
  readonly host: Host;
  readonly edge: EdgeId;
  readonly calls: ClientCalls;
  readonly view: () => FleetView;
}

interface OpenTrial {
  /** Who asked, and for which round: the newest word counts. */
  from: Address;
  round: number;
  /** A worker has a place for it: what becomes of it now is the adapter's doing. */
  isPlaced: boolean;
}

/** At once, in one edge: the rest is asked again. */
const trialsMax = 8;
const prompt = "Hello";
const outputTokens = 4;

/** The platform had its turn with it, and could not. */
const failures: ReadonlySet<RefusalCode> = new Set([
  "adapter_unavailable",
  "engine_unavailable",
  "request_crashes_engine",
]);

export class TrialDesk {
  readonly #ports: DeskPorts;
  readonly #self: Address;
  /** By trial. */
  readonly #open = new Map<string, OpenTrial>();
  /** Trials by the id of their request. */
  readonly #requests = new Map<string, OpenTrial>();

  constructor(ports: DeskPorts) {
    this.#ports = ports;
    this.#self = trialDeskAddress(ports.edge);
    ports.host.attach("trial-desk", (_to, from, message) =>
      this.#run(from, message as ToTrialDesk),
    );
  }

  /** A note of this process: where a trial's request is. */
  hear({ event, fields }: NoteRecord): void {
    if (this.#requests.size === 0) return;
    if (event !== "session.granted" && event !== "session.attempt-lost") return;
    const open = this.#requests.get(String(fields["requestId"]));
    if (open !== undefined) open.isPlaced = event === "session.granted";
  }

  #run(from: Address, asked: RunTrial): void {
    const { trial, round } = asked;
    const standing = this.#open.get(trial);
    if (standing !== undefined) {
      standing.from = from;
      standing.round = round;
      return;
    }
    const admitted = this.#admit(asked);
    if (typeof admitted === "string") {
      return this.#tell(from, { trial, round, verdict: "unavailable", code: admitted });
    }
    this.#begin(asked, { from, round, isPlaced: false }, admitted);
  }

  #begin({ trial, timeoutMs }: RunTrial, open: OpenTrial, admitted: AdmittedCall): void {
    const requestId = newRequestId();
    this.#open.set(trial, open);
    this.#requests.set(requestId, open);
    const reply = new TrialReply((refusal) => {
      this.#open.delete(trial);
      this.#requests.delete(requestId);
      const { from, round } = open;
      const verdict = verdictOn(refusal, open.isPlaced);
      this.#tell(from, { trial, round, verdict, code: refusal?.code ?? "" });
    });
    const arrivedAtEpochMs = Date.now();
    const call = { requestId, arrivedAtEpochMs, timeoutMs, keyId: noKey, admitted, reply };
    const opened = this.#ports.calls.open(call);
    if ("code" in opened) reply.fail(opened);
  }

  /** A string: why it cannot be run here now. */
  #admit({ model, digest }: RunTrial): AdmittedCall | string {
    if (this.#open.size >= trialsMax) return "edge_full";
    const view = this.#ports.view();
    const account = view.tenants.get(trialAccount);
    if (account === undefined) return "not_followed";
    const target = findVersion(view, account, { model, digest });
    if (target === undefined) return "not_followed";
    const call = admitTo(target, account, {
      model,
      prompt: { kind: "text", text: prompt },
      outputTokensMax: outputTokens,
      outputTokensMin: 0,
      ignoreEos: true,
      stopStrings: [],
      sampling: { temperature: 0, seed: 0 },
    });
    return "code" in call ? call.code : call;
  }

  #tell(to: Address, ended: Omit<ToAdapterTrials, "kind">): void {
    this.#ports.host.send(this.#self, to, { kind: "trial-ended", ...ended });
  }
}

/** A deadline says nothing of an adapter that waited for a place all the while. */
function verdictOn(refusal: Pick<Refusal, "code"> | undefined, isPlaced: boolean): TrialVerdict {
  if (refusal === undefined) return "passed";
  const isItsDoing = failures.has(refusal.code) || (refusal.code === "deadline_passed" && isPlaced);
  return isItsDoing ? "failed" : "unavailable";
}

const noToken = { code: "deadline_passed" } as const;

class TrialReply implements Reply {
  readonly #onEnd: (refusal: Pick<Refusal, "code"> | undefined) => void;

  /** Once. Undefined: it said something. */
  constructor(onEnd: (refusal: Pick<Refusal, "code"> | undefined) => void) {
    this.#onEnd = onEnd;
  }

  admitted(): void {}

  output(): boolean {
    return true;
  }

  bufferedBytes(): number {
    return 0;
  }

  complete({ outputTokens: tokens }: Completed): void {
    this.#onEnd(tokens > 0 ? undefined : noToken);
  }

  fail(refusal: Pick<Refusal, "code">): void {
    this.#onEnd(refusal);
  }
}
