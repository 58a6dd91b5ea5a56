// Both ends of token frames over gRPC: the fleet's own data plane.

import { setTimeout as sleep } from "node:timers/promises";
import { createWorkerStreams } from "#services/edge/data-plane/grpc-worker-streams.ts";
import { startEdgeStreams } from "#services/worker/data-plane/grpc-edge-streams.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import { readTrust } from "#shared/config/trust.ts";
import { workerAddress } from "#shared/messages/addresses.ts";
import type { Tokens } from "#shared/messages/to-session.ts";
import type { WorkerId } from "#shared/model/ids.ts";
import { sinceStampUs } from "./latencies.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { sayNote } from "./say-note.ts";
import { edge, stepsOf, workerCount, workerOf } from "./token-words.ts";

const workers = Array.from({ length: workerCount }, (_, at) => workerOf(at) as WorkerId);
const lanesPerWorker = 2;
const openWithinMs = 10_000;
const nowMs = (): number => performance.now();

export async function openDataPlaneSpeaker({ trust }: PeerOptions): Promise<Peer> {
  const streams = await startEdgeStreams({
    host: { nowMs, deliver: () => "accepted" },
    workers,
    hostname: "127.0.0.1",
    port: 0,
    trust: readTrust(trust),
    onNote: sayNote,
  });
  return {
    port: streams.port,
    speech: (utterance) => {
      const stepOf = stepsOf(utterance);
      return (serial) => {
        const { replica, step } = stepOf(serial);
        const from = workerAddress(workerOf(replica) as WorkerId);
        for (const { to, tokens } of step) streams.carry(from, to, tokens);
      };
    },
  };
}

export async function openDataPlaneListener(options: PeerOptions): Promise<Peer> {
  const { trust, address, latencies } = options;
  const lanes = { open: 0 };
  const deliver = (_from: unknown, _to: unknown, message: unknown): "accepted" => {
    const { kind, tokens } = message as Tokens;
    if (kind === "tokens") latencies.add(sinceStampUs(tokens[0] ?? 0));
    return "accepted";
  };
  const streams = createWorkerStreams({
    host: { nowMs, deliver },
    edge,
    trust: readTrust(trust),
    onNote: (record: NoteRecord) => {
      if (record.event === "data-plane.open") lanes.open += 1;
      sayNote(record);
    },
  });
  streams.setWorkers(workers.map((worker) => ({ worker, incarnation: 1, dataPlane: address })));
  const untilMs = nowMs() + openWithinMs;
  while (lanes.open < workerCount * lanesPerWorker) {
    if (nowMs() > untilMs) throw new Error(`only ${lanes.open} lanes are open`);
    await sleep(20);
  }
  return {};
}
