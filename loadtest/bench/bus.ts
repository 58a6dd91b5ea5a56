// What a message between two processes costs on each transport that was a choice: actor messages and token frames over
// NATS and over gRPC, all of it between real processes, side by side in one run.

import { parseArgs } from "node:util";
import type { BusStage, Way } from "./bus/bus-stage.ts";
import { onBusStage } from "./bus/bus-stage.ts";
import type { Measured } from "./bus/measure-pair.ts";
import { measurePair, requireSameClock } from "./bus/measure-pair.ts";
import type { Utterance } from "./bus/peer.ts";

const help = `npm run bench -- bus [--json] [--quick] [--one-server]

Between two processes, under the fleet's authority (TLS on both sides, a user per role), at paced rates:
  nats actor message    one offer, over the fleet's bus
  nats actor round trip an offer and the grant that answers it
  grpc actor message    the same bytes on one bidirectional gRPC stream, made for this benchmark only
  grpc actor round trip
  nats token frame      a step's tokens of k sequences as one message, for this benchmark only
  grpc token frame      the same over the fleet's data plane, with its two lanes to each worker

rate is what arrived each second, messages or steps; token steps are paced as 40 a second from each of as many replicas as
make tokens_per_s, on the lanes of 16 workers of one process. p50 and p99 are one way (round trips: both), from the
moment it is said to the moment it is delivered. cpu_us is what one message or step costs in speaker, listener and NATS
servers together, threads and the pacing timers included; broker_cpu_us is the servers' part,
beyond what they take when idle. Of the three NATS servers
speaker and listener use different ones, as most pairs of a fleet do; with --one-server the same. --quick: fewer and shorter.`;

interface Case {
  readonly path: string;
  readonly way: Way;
  readonly utterance: Utterance;
  readonly perSecond: number;
}

const stepsPerSecond = 40;

export async function run(args: string[]): Promise<unknown> {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      "one-server": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return undefined;
  }
  const cases = values.quick
    ? casesOf({ messages: [2000], tokens: [5000], sequences: [16] })
    : casesOf({ messages: [1000, 5000, 20_000], tokens: [5000, 40_000], sequences: [1, 16, 64] });
  const seconds = values.quick ? 0.5 : 4;
  const rows = await onBusStage(values["one-server"], (stage) => measureAll(stage, cases, seconds));
  if (!values.json) console.table(rows);
  return { rows };
}

interface Sizes {
  readonly messages: readonly number[];
  readonly tokens: readonly number[];
  readonly sequences: readonly number[];
}

/** The two transports next to each other, so that a machine that drifts drifts for both. */
function casesOf({ messages, tokens, sequences }: Sizes): readonly Case[] {
  const actorCases = messages.flatMap((perSecond) =>
    (["message", "round trip"] as const).flatMap((what) =>
      (["nats", "grpc"] as const).map((transport): Case => ({
        path: `${transport} actor ${what}`,
        way: `${transport} actor`,
        utterance: { kind: what === "message" ? "tell" : "ask" },
        perSecond,
      })),
    ),
  );
  const tokenCases = sequences.flatMap((each) =>
    tokens.flatMap((perSecond) =>
      (["nats", "grpc"] as const).map((transport): Case => {
        const replicas = Math.round(perSecond / stepsPerSecond / each);
        return {
          path: `${transport} token frame`,
          way: `${transport} token`,
          utterance: { kind: "step", sequences: each, replicas },
          perSecond: replicas * stepsPerSecond,
        };
      }),
    ),
  );
  return [...actorCases, ...tokenCases];
}

async function measureAll(
  { pairs }: BusStage,
  cases: readonly Case[],
  seconds: number,
): Promise<readonly object[]> {
  for (const { speaker, listener } of pairs.values()) {
    await requireSameClock(speaker);
    await requireSameClock(listener);
  }
  const rows: object[] = [];
  for (const { path, way, utterance, perSecond } of cases) {
    const pair = pairs.get(way);
    if (pair === undefined) continue;
    console.error(`bench bus: ${path}, ${perSecond}/s…`);
    const measured = await measurePair(pair, { utterance, perSecond, seconds });
    rows.push(rowOf(path, utterance, measured));
  }
  return rows;
}

function rowOf(path: string, utterance: Utterance, measured: Measured): object {
  const each = utterance.kind === "step" ? utterance.sequences : undefined;
  const { rate, p50Us, p99Us, cpuUs, brokerCpuUs, lost } = measured;
  return {
    path,
    sequences: each ?? null,
    rate: Math.round(rate),
    tokens_per_s: each === undefined ? null : Math.round(rate * each),
    p50_us: Math.round(p50Us),
    p99_us: Math.round(p99Us),
    cpu_us: tenths(cpuUs),
    speaker_cpu_us: tenths(measured.speakerCpuUs),
    listener_cpu_us: tenths(measured.listenerCpuUs),
    broker_cpu_us: tenths(brokerCpuUs),
    cpu_us_per_token: each === undefined ? null : tenths(cpuUs / each),
    lost,
  };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
