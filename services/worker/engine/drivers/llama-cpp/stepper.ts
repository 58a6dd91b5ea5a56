// Holds the process of a native engine: starts it, gives it orders, notices its death.

import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { StepperAnswer, StepperOrder } from "./stepper-words.ts";

const program = fileURLToPath(new URL("./stepper-process.ts", import.meta.url));
const saidMax = 2_000;

/** What it needs of ours: no setting and no secret. */
const passedOn = ["PATH", "HOME", "TMPDIR", "LANG"];

type Settle = (answer: StepperAnswer | Error) => void;

export class Stepper {
  readonly #child: ChildProcess;
  #waiting: Settle[] = [];
  #said = "";
  #isEnded = false;

  /** `onDeath`: it ended without having been told to. */
  constructor(onDeath: (why: string) => void) {
    const env = Object.fromEntries(passedOn.map((name) => [name, process.env[name]]));
    this.#child = fork(program, {
      env,
      execArgv: ["--expose-gc"],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString()).slice(-saidMax);
    });
    this.#child.on("message", (answer: StepperAnswer) => this.#waiting.shift()?.(answer));
    this.#child.on("error", () => this.#child.kill("SIGKILL"));
    // Behind its last words, unlike `exit`.
    this.#child.once("close", (code, signal) => {
      const why = `its process ended with ${signal ?? code}: ${this.#said.trim()}`;
      for (const settle of this.#waiting.splice(0)) settle(new Error(why));
      if (!this.#isEnded) onDeath(why);
      this.#isEnded = true;
    });
  }

  /** Rejects with what went wrong. */
  async order<Kind extends StepperAnswer["kind"]>(
    order: StepperOrder,
    expected: Kind,
  ): Promise<Extract<StepperAnswer, { kind: Kind }>> {
    const answer = await new Promise<StepperAnswer | Error>((resolve) => {
      if (!this.#child.connected) return resolve(new Error("its process has ended"));
      this.#waiting.push(resolve);
      this.#child.send(order);
    });
    if (answer instanceof Error) throw answer;
    if (answer.kind === "order-failed") throw new Error(answer.why);
    if (answer.kind !== expected) throw new Error(`${answer.kind} is no answer to ${order.kind}`);
    return answer as Extract<StepperAnswer, { kind: Kind }>;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Says nothing more. */
  end(): void {
    this.#isEnded = true;
    this.#child.kill("SIGKILL");
  }
}
