// A driver as its worker sees it, and nothing else: what is run on it is awaited by its own promise.

import { createLocalHost } from "#shared/actor/local-host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { StepOutput } from "#shared/messages/from-engine.ts";
import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { ServedAdapter } from "#shared/model/fleet.ts";
import { baseModel } from "#shared/model/ids.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { Token } from "#shared/model/tokenizer.ts";
import type { ExecutedTotals } from "#shared/model/usage.ts";
import type { DriverPorts, EngineDevice } from "#services/worker/engine/drivers/engine-device.ts";

export interface Output {
  readonly tokens: readonly Token[];
  readonly totals: ExecutedTotals;
}

export interface EnginePort {
  /** Rejects if the engine does not run it to its end. */
  run(run: Run): Promise<Output>;
  /** Output tokens of everything so far. */
  readonly tokens: () => number;
  close(): void;
}

interface Waiting {
  readonly tokens: Token[];
  readonly resolve: (output: Output) => void;
  readonly reject: (why: Error) => void;
}

const worker = "bench" as WorkerId;

/** Resolves when it is up and every adapter is loaded. */
export async function openEnginePort(
  make: (ports: Omit<DriverPorts<unknown>, "spec">) => EngineDevice,
  adapters: readonly ServedAdapter[],
): Promise<EnginePort> {
  const host = createLocalHost();
  const waiting = new Map<string, Waiting>();
  let tokens = 0;
  let [onUp, onLoaded] = [(): void => undefined, (): void => undefined];
  let onFailed = (_why: string): void => undefined;
  const engine = make({
    host,
    worker,
    onNote: ({ event, fields }) => console.error(`${event} ${JSON.stringify(fields)}`),
  });
  host.attach(engineAddress(worker), engine.device);
  const take = ({ sequence, tokens: brought, totals, end }: StepOutput): void => {
    const waiter = waiting.get(sequence);
    waiter?.tokens.push(...brought);
    tokens += brought.length;
    if (end === undefined || waiter === undefined) return;
    waiting.delete(sequence);
    waiter.resolve({ tokens: waiter.tokens, totals });
  };
  host.attach("worker", (_to, _from, message) => {
    const said = message as ToWorker;
    if (said.kind === "step") said.outputs.forEach(take);
    else if (said.kind === "engine-up") onUp();
    else if (said.kind === "adapter-loaded") onLoaded();
    else if (said.kind === "adapter-failed") onFailed(said.reason);
    else if (said.kind === "engine-refused" || said.kind === "sequence-stopped") {
      waiting.get(said.sequence)?.reject(new Error(JSON.stringify(said)));
    } else if (said.kind === "engine-crashed") {
      for (const { reject } of waiting.values()) reject(new Error(said.reason));
    }
  });
  const tell = (message: ToEngine): void => {
    host.send(workerAddress(worker), engineAddress(worker), message);
  };
  await new Promise<void>((resolve) => {
    onUp = resolve;
    tell({ kind: "boot" });
  });
  for (const { digest } of adapters) {
    await new Promise<void>((resolve, reject) => {
      onLoaded = resolve;
      onFailed = (why) => reject(new Error(`${digest}: ${why}`));
      tell({ kind: "load-adapter", digest, bytes: 1, tier: "disk", evict: baseModel });
    });
  }
  return {
    run: (run) =>
      new Promise((resolve, reject) => {
        waiting.set(run.sequence, { tokens: [], resolve, reject });
        tell(run);
      }),
    tokens: () => tokens,
    close: () => {
      engine.close();
      host.stop();
    },
  };
}
