// Rollouts as an operator uses them: begun from a body that is checked whole, listed, shown, and told what to do. An operator's
// word goes to the decider; what comes of it is seen in the record.

import { randomBytes } from "node:crypto";
import type { Address } from "#shared/actor/actor.ts";
import type { Host } from "#shared/actor/host.ts";
import { rolloutAddress } from "#shared/messages/addresses.ts";
import type { ToRollout } from "#shared/messages/to-rollout.ts";
import type { RolloutRecord, RolloutVerb } from "#shared/model/rollout.ts";
import { isSettled } from "#shared/model/rollout.ts";
import type { KeptRollout, RolloutBegun, RolloutShelf } from "#shared/model/rollout-shelf.ts";
import type { Evaluator } from "./evaluators.ts";
import { readWish } from "./read-wish.ts";
import type { RolloutKeeper } from "./rollout-keeper.ts";

export interface DeskPorts {
  readonly host: Pick<Host, "send">;
  readonly shelf: RolloutShelf;
  readonly keeper: Pick<RolloutKeeper, "look">;
  readonly evaluators: ReadonlyMap<string, Evaluator>;
}

const operator = "operator/rollouts" as Address;

export class RolloutDesk {
  readonly #ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.#ports = ports;
  }

  async start(body: unknown, actor: string): Promise<RolloutBegun> {
    const { shelf, keeper, evaluators } = this.#ports;
    const reading = readWish(body);
    if (reading.kind === "refused") return { ...reading, code: "bad_rollout" };
    const { evaluator } = reading.wish.plan;
    if (evaluator !== undefined && !evaluators.has(evaluator)) {
      const known = [...evaluators.keys()].join(", ") || "none";
      const why = `There is no evaluator ${evaluator}; configured: ${known}.`;
      return { kind: "refused", code: "bad_rollout", why };
    }
    const begun = await shelf.begin({ ...reading.wish, id: randomBytes(5).toString("hex") }, actor);
    if (begun.kind === "begun") await keeper.look();
    return begun;
  }

  list(limit: number): Promise<readonly RolloutRecord[]> {
    return this.#ports.shelf.list(limit);
  }

  find(id: string): Promise<KeptRollout | undefined> {
    return this.#ports.shelf.find(id);
  }

  /** Said; its decider may be about to end it all the same. */
  async tell(
    id: string,
    verb: RolloutVerb,
    actor: string,
  ): Promise<"taken" | "unknown" | "settled"> {
    const found = await this.#ports.shelf.find(id);
    if (found === undefined) return "unknown";
    if (isSettled(found.record.state)) return "settled";
    const command: ToRollout = { kind: "rollout-command", verb, actor };
    this.#ports.host.send(operator, rolloutAddress(id), command);
    return "taken";
  }
}
