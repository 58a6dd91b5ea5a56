// One pair at one rate: what arrived, how long it took, and the CPU of all processes that had a part in it.

import { setTimeout as sleep } from "node:timers/promises";
import { cpuOf } from "./cpu-of.ts";
import { nowUs } from "./latencies.ts";
import type { Pair } from "./bus-stage.ts";
import type { Utterance } from "./peer.ts";
import type { PeerProcess } from "./peer-process.ts";

export interface Speech {
  readonly utterance: Utterance;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Messages, or steps. */
export interface Measured {
  readonly rate: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Of speaker, listener and brokers, per message; the brokers' beyond what they take when idle. */
  readonly cpuUs: number;
  readonly speakerCpuUs: number;
  readonly listenerCpuUs: number;
  readonly brokerCpuUs: number;
  readonly lost: number;
}

const warmUpSeconds = 0.7;
const drainTriesMax = 40;
const drainEveryMs = 50;

export async function measurePair(pair: Pair, speech: Speech): Promise<Measured> {
  const { speaker, listener, brokerPids, brokerIdleShare } = pair;
  const { utterance, perSecond, seconds } = speech;
  // A round trip is timed where it ends.
  const ear = utterance.kind === "ask" ? speaker : listener;
  const each = utterance.kind === "step" ? utterance.sequences : 1;
  const speak = (forSeconds: number) =>
    speaker.ask(
      { kind: "speak", utterance, perSecond, seconds: forSeconds },
      "spoken",
      forSeconds * 1000 + 20_000,
    );
  const warm = await speak(warmUpSeconds);
  await drained(ear, warm.said * each);
  await ear.ask({ kind: "forget" }, "forgotten");
  const cpu = (): readonly number[] => [[speaker.pid], [listener.pid], brokerPids].map(cpuOf);
  const startedAtUs = nowUs();
  const before = cpu();
  const { said, seconds: took } = await speak(seconds);
  const heard = await drained(ear, said * each);
  const after = cpu();
  const idleUs = brokerPids.length === 0 ? 0 : ((nowUs() - startedAtUs) * brokerIdleShare) / said;
  const [speakerCpuUs = 0, listenerCpuUs = 0, brokersCpuUs = 0] = after.map(
    (used, at) => ((used - (before[at] ?? 0)) * 1e6) / said,
  );
  const brokerCpuUs = Math.max(0, brokersCpuUs - idleUs);
  return {
    rate: heard.count / each / took,
    p50Us: heard.p50Us,
    p99Us: heard.p99Us,
    cpuUs: speakerCpuUs + listenerCpuUs + brokerCpuUs,
    speakerCpuUs,
    listenerCpuUs,
    brokerCpuUs,
    lost: said * each - heard.count,
  };
}

/** Waits until all has arrived, or nothing more does for two seconds. */
async function drained(ear: PeerProcess, expected: number) {
  let heard = await ear.ask({ kind: "report" }, "heard");
  for (let tries = 0; heard.count < expected && tries < drainTriesMax; tries += 1) {
    await sleep(drainEveryMs);
    heard = await ear.ask({ kind: "report" }, "heard");
  }
  await ear.ask({ kind: "forget" }, "forgotten");
  return heard;
}

/** Throws unless the peer's clock reads between our own before and after: then stamps of one hold for the other. */
export async function requireSameClock(peer: PeerProcess): Promise<void> {
  const before = nowUs();
  const { nowUs: theirs } = await peer.ask({ kind: "clock" }, "time");
  if (before <= theirs && theirs <= nowUs()) return;
  throw new Error(`the clock of ${peer.name} is not this process's: no latency can be told`);
}
