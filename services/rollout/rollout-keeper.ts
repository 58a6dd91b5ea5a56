// The device beside the deciders: writes what they decide and has golden outputs judged; begins what is under way and has no
// decider here, at its start, after a decider's failure, and when an operator has just begun it.

import type { Address } from "#shared/actor/actor.ts";
import { note } from "#shared/actor/actor.ts";
import type { Device, InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { rolloutAddress, rolloutKeeperAddress } from "#shared/messages/addresses.ts";
import type { ToRollout } from "#shared/messages/to-rollout.ts";
import type {
  JudgeGolden,
  KeepProgress,
  KeepRollout,
  ToRolloutKeeper,
} from "#shared/messages/to-rollout-keeper.ts";
import type { RolloutShelf } from "#shared/model/rollout-shelf.ts";
import type { Evaluator } from "./evaluators.ts";
import { judgeOutput } from "./judge-output.ts";

export interface KeeperPorts {
  readonly host: InspectableHost;
  readonly process: string;
  readonly shelf: RolloutShelf;
  readonly evaluators: ReadonlyMap<string, Evaluator>;
  readonly onNote: (record: NoteRecord) => void;
}

const lookEveryMs = 2_000;
const reasonMax = 200;

export class RolloutKeeper {
  readonly #ports: KeeperPorts;
  readonly #self: Address;
  /** What is being written or judged: the same said again meanwhile is not. */
  readonly #busy = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(ports: KeeperPorts) {
    this.#ports = ports;
    this.#self = rolloutKeeperAddress(ports.process);
    ports.host.attach("rollout-keeper", this.#device);
    this.#timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Begins what nobody decides here. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { host, shelf } = this.#ports;
    try {
      for (const { record, plan, progress } of await shelf.unsettled()) {
        const address = rolloutAddress(record.id);
        if (host.statesOf("rollout").has(address)) continue;
        const begin: ToRollout = {
          kind: "begin-rollout",
          record,
          plan,
          ...(progress === undefined ? {} : { progress }),
        };
        host.send(this.#self, address, begin);
      }
    } catch (error) {
      this.#say("rollout.unreadable", { reason: reasonOf(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  readonly #device: Device = (_to, from, message) => {
    const told = message as ToRolloutKeeper;
    switch (told.kind) {
      case "keep-rollout":
        return this.#once(`${from} keep ${told.change.revision}`, () => this.#keep(from, told));
      case "keep-progress":
        return this.#once(`${from} progress`, () => this.#keepProgress(told));
      case "judge-golden":
        return this.#once(`${from} judge ${told.index}`, () => this.#judge(from, told));
      default:
        return told satisfies never;
    }
  };

  #once(what: string, act: () => Promise<void>): void {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    void act()
      .catch((error: unknown) => this.#say("rollout.not-kept", { reason: reasonOf(error) }))
      .finally(() => this.#busy.delete(what));
  }

  async #keep(from: Address, { change, progress }: KeepRollout): Promise<void> {
    const isKept = await this.#ports.shelf.keep(change, progress);
    this.#tell(from, { kind: "rollout-kept", revision: change.revision, isKept });
  }

  #keepProgress({ id, revision, progress }: KeepProgress): Promise<void> {
    return this.#ports.shelf.keepProgress({ id, revision }, progress);
  }

  async #judge(from: Address, { index, prompt, output, evaluator }: JudgeGolden): Promise<void> {
    const { evaluators } = this.#ports;
    const judge = evaluator === undefined ? undefined : evaluators.get(evaluator);
    const verdict =
      evaluator !== undefined && judge === undefined
        ? { isRight: false, why: `there is no evaluator ${evaluator} here` }
        : await judgeOutput(prompt, output, judge);
    this.#tell(from, { kind: "golden-judged", index, ...verdict });
  }

  #tell(rollout: Address, message: ToRollout): void {
    this.#ports.host.send(this.#self, rollout, message);
  }

  #say(event: string, fields: NoteRecord["fields"]): void {
    const { onNote, host } = this.#ports;
    onNote({ ...note(event, fields), actor: this.#self, nowMs: host.nowMs() });
  }
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).slice(0, reasonMax);
