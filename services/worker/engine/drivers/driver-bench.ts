// An engine device and a worker that only listens, on one host: what a driver is tested with. Prompts of the contract are
// bytes of any text; here each four of them choose a token that the tiny models have.

import type { InspectableHost, NoteRecord } from "#shared/actor/host.ts";
import { createLocalHost } from "#shared/actor/local-host.ts";
import { engineAddress, workerAddress } from "#shared/messages/addresses.ts";
import type { Run, ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import type { EngineBench } from "#services/worker/engine/engine.cases.ts";
import type { EngineDevice } from "./engine-device.ts";

export interface DriverBench extends EngineBench {
  /** A prompt of these very ids, sampled as it says. */
  tellAsIs(message: ToEngine): void;
  readonly notes: readonly NoteRecord[];
  /** When the last message came, in milliseconds. */
  readonly heardAtMs: () => number;
}

const worker = "w1" as WorkerId;
const silenceMs = 20_000;

export interface BenchPorts {
  readonly host: InspectableHost;
  readonly worker: WorkerId;
  readonly onNote: (record: NoteRecord) => void;
}

/** Of any driver. */
export function openBenchOf(make: (ports: BenchPorts) => EngineDevice): DriverBench {
  const host = createLocalHost();
  const heard: ToWorker[] = [];
  const notes: NoteRecord[] = [];
  let heardAtMs = 0;
  let [look, give] = [(): void => undefined, (_why: Error): void => undefined];
  const onNote = (record: NoteRecord): void => void notes.push(record);
  const engine = make({ host, worker, onNote });
  host.attach(engineAddress(worker), engine.device);
  host.attach("worker", (_to, _from, message) => {
    heard.push(message as ToWorker);
    heardAtMs = performance.now();
    look();
  });
  const tellAsIs = (message: ToEngine): void => {
    host.send(workerAddress(worker), engineAddress(worker), message);
  };
  return {
    heard,
    notes,
    heardAtMs: () => heardAtMs,
    tell: (message) => tellAsIs(known(message)),
    tellAsIs,
    until: (isReached) =>
      new Promise((resolve, reject) => {
        const silent = setTimeout(() => give(new Error(told(heard, notes))), silenceMs);
        give = (why) => reject(why);
        look = () => {
          if (!isReached()) return;
          clearTimeout(silent);
          look = () => undefined;
          resolve();
        };
        look();
      }),
    close: () => {
      give(new Error("closed"));
      engine.close();
      host.stop();
    },
  };
}

const told = (heard: readonly ToWorker[], notes: readonly NoteRecord[]): string =>
  `the engine fell silent after ${JSON.stringify(heard.slice(-2))} ${JSON.stringify(notes)}`;

/** Words and syllables of the tiny vocabulary. */
const wordsFrom = 400;
const words = 600;

/** As the engine is told it: greedy unless it says otherwise. */
export function known<Message extends ToEngine>(message: Message): Message {
  return message.kind === "run" ? { ...message, ...knownRun(message) } : message;
}

function knownRun({ promptBytes, sampling }: Run): Pick<Run, "promptBytes" | "sampling"> {
  const ids = Buffer.alloc(Math.ceil(promptBytes.length / 4) * 4);
  for (let at = 0; at < promptBytes.length; at += 4) {
    let sum = 0;
    for (const byte of promptBytes.subarray(at, at + 4)) sum = (sum * 31 + byte) % words;
    ids.writeUInt32LE(wordsFrom + sum, at);
  }
  return {
    promptBytes: ids,
    sampling: Object.keys(sampling).length === 0 ? { temperature: 0 } : sampling,
  };
}
