// A program that is run to its end within bounds of time and of words, whatever it does, and whatever the machine lacks: it
// always ends in an answer, never in a throw. It leads a process group of its own, so that what it starts goes with it.

import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

export interface ProcessBounds {
  readonly deadlineMs: number;
  /** Of what it writes, to each of its two outputs. */
  readonly charactersMax: number;
}

/** `silent`: it was not through at its deadline. `flood`: it wrote more than it may. */
export type Verdict =
  | { readonly how: "exited"; readonly code: number }
  | { readonly how: "absent" | "silent" | "flood" }
  | { readonly how: "failed"; readonly why: string };

export interface Ended {
  readonly verdict: Verdict;
  readonly stdout: string;
  readonly stderr: string;
}

/** After it was killed, or left its outputs open to others; a process in the hands of a driver that hangs does not die. */
const graceMs = 500;

export class BoundedProcess {
  readonly ended: Promise<Ended>;
  readonly #bounds: ProcessBounds;
  readonly #said = { stdout: "", stderr: "" };
  readonly #outputs: Readable[] = [];
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #verdict: Verdict | undefined;
  #resolve: (ended: Ended) => void = () => undefined;

  constructor(program: string, args: readonly string[], bounds: ProcessBounds) {
    this.#bounds = bounds;
    this.ended = new Promise((resolve) => (this.#resolve = resolve));
    try {
      this.#start(program, args);
    } catch (error) {
      // Most of what can fail comes as an event; an argument that is too long, or no memory, does not.
      this.#failed(error as NodeJS.ErrnoException);
    }
  }

  /** It may outlive its deadline, and its answer. */
  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  kill(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // All of its group have ended.
    }
  }

  #start(program: string, args: readonly string[]): void {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
      detached: true,
    });
    // Before anything else: where descriptors have run out it has no outputs, and its error comes later.
    child.on("error", (error) => this.#failed(error));
    child.once("exit", (code) => this.#exited(code ?? -1));
    child.once("close", () => this.#answer());
    this.#child = child;
    this.#timer = setTimeout(() => this.#cut({ how: "silent" }), this.#bounds.deadlineMs);
    this.#hear("stdout", child.stdout);
    this.#hear("stderr", child.stderr);
  }

  #hear(name: "stdout" | "stderr", output: Readable | undefined): void {
    if (output === undefined) return;
    const { charactersMax } = this.#bounds;
    this.#outputs.push(output);
    output.on("error", (error) => this.#cut({ how: "failed", why: error.message }));
    output.setEncoding("utf8").on("data", (chunk: string) => {
      const said = this.#said[name] + chunk;
      this.#said[name] = said.slice(0, charactersMax);
      if (said.length > charactersMax) this.#cut({ how: "flood" });
    });
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#child = undefined;
    const isAbsent = error.code === "ENOENT" || error.code === "ENOTDIR";
    this.#verdict = isAbsent ? { how: "absent" } : { how: "failed", why: error.message };
    this.#answer();
  }

  #exited(code: number): void {
    // What it has started does not outlive it, nor keep its outputs open.
    this.kill();
    this.#child = undefined;
    this.#verdict ??= { how: "exited", code };
    this.#answerSoon();
  }

  #cut(verdict: Verdict): void {
    if (this.#verdict !== undefined && this.#verdict.how !== "exited") return;
    this.#verdict = verdict;
    this.kill();
    this.#deafen();
    this.#answerSoon();
  }

  #answerSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#answer(), graceMs);
  }

  #deafen(): void {
    for (const output of this.#outputs) output.destroy();
  }

  #answer(): void {
    clearTimeout(this.#timer);
    this.#deafen();
    this.#resolve({ verdict: this.#verdict ?? { how: "silent" }, ...this.#said });
  }
}
