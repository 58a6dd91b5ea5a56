// The data plane's laws, one copy for both its ends: who is who on a lane, how long silence lasts, how many bytes may wait.

import type { Address } from "#shared/actor/actor.ts";

/** Raised by a changed meaning; a new field keeps it. Both ends must speak the same. */
export const dataPlaneVersion = 1;

/** The role in each end's certificate. */
export const edgeRole = "edge";
export const workerRole = "worker";

/** Each side says something this often. */
export const heartbeatMs = 500;
/** Five beats. As long as a session waits for a sign of life. */
export const silenceMs = 2_500;
/** From dialling, or from the call's arrival, to the hello. */
export const handshakeMs = 2_000;
/** How often silence and handshakes are looked at. */
export const watchMs = 200;

/** Gathered into one message at most; a single larger start travels alone. */
export const batchBytesMax: number = 1_048_576;
/** One start at most. An edge takes bodies of 10 MiB, and a chat template lengthens short turns. */
export const startBytesMax: number = 24 * 1_048_576;
/** What either end receives at most as one message. */
export const messageBytesMax: number = 32 * 1_048_576;
/** Toward a worker: gathered and not yet taken by the socket. */
export const laneBytesMax: number = 32 * 1_048_576;
/**
 * Toward an edge. A sequence has at most 256 unacknowledged tokens, each perhaps in a frame of its own: 13 KB; an ended one is
 * sent again each half second until the lane is given up: another 8 KB. 256 sequences of one lane are 5 MB.
 * A stream that another session takes over comes whole: 5 bytes for each token, and its prompt of at most 256 KiB.
 */
export const edgeLaneBytesMax: number = 16 * 1_048_576;
/** Written and not yet taken by an edge's socket: until then frames are gathered, and go as one. */
export const edgeInFlightBytesMax = 262_144;

/** What both ends need of their host: from the network, never carried on. */
export interface DataPlaneHost {
  deliver(from: Address, to: Address, message: unknown): "accepted" | "refused";
  nowMs(): number;
}

/** Of an id, which is random: enough to share the load. */
const hashedCharacters = 8;

/** Which lane carries a session's messages, both ways, by its id: all of them the same, so that they keep their order. */
export function laneOf(sessionId: string, lanes: number): number {
  let hash = 2_166_136_261;
  for (let at = Math.max(0, sessionId.length - hashedCharacters); at < sessionId.length; at++) {
    hash = Math.imul(hash ^ sessionId.charCodeAt(at), 16_777_619);
  }
  return (hash >>> 0) % lanes;
}

const requestIdCharactersMax = 128;

/** It becomes part of an address. */
export const isRequestId = (text: string): boolean =>
  text.length > 0 && text.length <= requestIdCharactersMax && !text.includes("/");

/** Counts of the coordination store travel as doubles: they may pass 2^32. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

export const isAmount = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;
