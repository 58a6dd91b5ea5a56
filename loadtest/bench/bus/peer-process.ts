// The parent's side of one peer: a process forked for it, asked one thing at a time, each answer within a limit.

import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import type { FromPeer, PeerSettings, ToPeer } from "./peer.ts";

const answerWithinMs = 20_000;
const endWithinMs = 3_000;

export class PeerProcess {
  readonly pid: number;
  readonly name: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.name = name;
  }

  /** Resolves with the process and the port at which the other one reaches it. */
  static async open(
    settings: PeerSettings,
  ): Promise<{ readonly peer: PeerProcess; readonly address: string }> {
    const child = fork(new URL("./peer-main.ts", import.meta.url));
    const peer = new PeerProcess(child, settings.name);
    try {
      const { port } = await peer.ask({ kind: "open", settings }, "opened");
      return { peer, address: `127.0.0.1:${port}` };
    } catch (error) {
      await peer.end();
      throw error;
    }
  }

  ask<Kind extends FromPeer["kind"]>(
    asked: ToPeer,
    answer: Kind,
    patienceMs: number = answerWithinMs,
  ): Promise<Extract<FromPeer, { readonly kind: Kind }>> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        child.off("message", hear);
        child.off("exit", gone);
        end();
      };
      const fail = (why: string): void => settle(() => reject(new Error(`${this.name} ${why}`)));
      const hear = (said: FromPeer): void => {
        const isIt = said.kind === answer;
        if (isIt) settle(() => resolve(said as Extract<FromPeer, { readonly kind: Kind }>));
      };
      const gone = (code: number | null): void => fail(`ended with ${String(code)}`);
      const timer = setTimeout(() => fail(`gave no answer to ${asked.kind}`), patienceMs);
      child.on("message", hear);
      child.once("exit", gone);
      if (child.connected) child.send(asked);
      else fail("is gone");
    });
  }

  end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), endWithinMs);
      child.once("exit", () => {
        clearTimeout(timer);
        resolve();
      });
      if (child.connected) child.disconnect();
    });
  }
}
