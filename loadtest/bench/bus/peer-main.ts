// One process of a pair, told over IPC what to be and what to do. It ends with its parent.

import { openGrpcListener, openGrpcSpeaker } from "./grpc-actor-peer.ts";
import { openDataPlaneListener, openDataPlaneSpeaker } from "./grpc-token-peer.ts";
import { Latencies, nowUs } from "./latencies.ts";
import { openNatsListener, openNatsSpeaker } from "./nats-actor-peer.ts";
import { openNatsTokenListener, openNatsTokenSpeaker } from "./nats-token-peer.ts";
import type { FromPeer, Peer, PeerName, PeerOptions, ToPeer } from "./peer.ts";
import { speak } from "./speak.ts";

const opening: Readonly<Record<PeerName, (options: PeerOptions) => Promise<Peer>>> = {
  "nats-actor-speaker": openNatsSpeaker,
  "nats-actor-listener": openNatsListener,
  "nats-token-speaker": openNatsTokenSpeaker,
  "nats-token-listener": openNatsTokenListener,
  "grpc-actor-speaker": openGrpcSpeaker,
  "grpc-actor-listener": openGrpcListener,
  "grpc-token-speaker": openDataPlaneSpeaker,
  "grpc-token-listener": openDataPlaneListener,
};

const latencies = new Latencies();
let peer: Peer = {};

async function answer(asked: ToPeer): Promise<FromPeer> {
  switch (asked.kind) {
    case "open":
      peer = await opening[asked.settings.name]({ ...asked.settings, latencies });
      return { kind: "opened", port: peer.port ?? 0 };
    case "speak": {
      const { utterance, perSecond, seconds } = asked;
      const say = peer.speech?.(utterance);
      if (say === undefined) throw new Error("this process only hears");
      return { kind: "spoken", ...(await speak({ perSecond, seconds, say })) };
    }
    case "clock":
      return { kind: "time", nowUs: nowUs() };
    case "forget":
      latencies.forget();
      return { kind: "forgotten" };
    case "report":
      return { kind: "heard", ...latencies.report() };
    default:
      return asked satisfies never;
  }
}

// A rejection ends the process, and its parent says so.
process.on("message", (asked: ToPeer) => void answer(asked).then((said) => process.send?.(said)));
process.on("disconnect", () => process.exit(0));
