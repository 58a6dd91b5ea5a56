// What the benchmark's processes are asked and answer, and what each kind of peer offers to be measured.

import type { TrustFiles } from "#shared/config/trust.ts";
import type { Latencies } from "./latencies.ts";

/** Each is one process: who speaks, and who hears it. */
export type PeerName =
  | "nats-actor-speaker"
  | "nats-actor-listener"
  | "nats-token-speaker"
  | "nats-token-listener"
  | "grpc-actor-speaker"
  | "grpc-actor-listener"
  | "grpc-token-speaker"
  | "grpc-token-listener";

/** One message one way, one that is answered, or one step's tokens of so many sequences of each of `replicas`. */
export type Utterance =
  | { readonly kind: "tell" }
  | { readonly kind: "ask" }
  | { readonly kind: "step"; readonly sequences: number; readonly replicas: number };

export interface PeerSettings {
  readonly name: PeerName;
  readonly process: string;
  readonly trust: TrustFiles;
  /** host:port of the NATS server that this process uses. */
  readonly natsServer: string;
  /** host:port of the other process, where this one dials it. */
  readonly address: string;
}

export interface PeerOptions extends PeerSettings {
  readonly latencies: Latencies;
}

export interface Peer {
  /** Where the other process reaches this one, if it listens itself. */
  readonly port?: number;
  /** Says the nth message, or step; absent in those that only hear. */
  speech?(utterance: Utterance): (serial: number) => void;
}

export type ToPeer =
  | { readonly kind: "open"; readonly settings: PeerSettings }
  | {
      readonly kind: "speak";
      readonly utterance: Utterance;
      readonly perSecond: number;
      readonly seconds: number;
    }
  | { readonly kind: "clock" }
  | { readonly kind: "forget" }
  | { readonly kind: "report" };

/** Each is the one answer to the question of its name. */
export type FromPeer =
  | { readonly kind: "opened"; readonly port: number }
  | { readonly kind: "spoken"; readonly said: number; readonly seconds: number }
  | { readonly kind: "time"; readonly nowUs: number }
  | { readonly kind: "forgotten" }
  | {
      readonly kind: "heard";
      readonly count: number;
      readonly p50Us: number;
      readonly p99Us: number;
    };
