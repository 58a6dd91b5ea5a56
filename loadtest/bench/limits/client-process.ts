// The parent's side of the clients: begun, and stopped within a limit.

import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import type { ClientsSettings, FromClients, ToClients } from "./client-words.ts";

const stopWithinMs = 70_000;

export interface Clients {
  /** Open requests end first. */
  stop(): Promise<Pick<FromClients, "counts" | "answered">>;
  /** Now, whatever is open. */
  end(): Promise<void>;
}

export function startClients(settings: ClientsSettings): Clients {
  const child = fork(new URL("./clients-main.ts", import.meta.url));
  tell(child, { kind: "begin", settings });
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        const fail = (why: string): void => reject(new Error(`the clients ${why}`));
        const timer = setTimeout(() => fail("did not stop"), stopWithinMs);
        child.once("exit", (code) => fail(`ended with ${String(code)}`));
        child.once("message", (stopped: FromClients) => {
          clearTimeout(timer);
          child.removeAllListeners("exit");
          resolve(stopped);
        });
        tell(child, { kind: "stop" });
      }),
    end: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve();
        child.once("exit", () => resolve());
        child.kill("SIGKILL");
      }),
  };
}

function tell(child: ChildProcess, told: ToClients): void {
  if (child.connected) child.send(told);
}
