// How messages lie on the simulated wire: as the fleet's own bytes, or as they were handed over.

import type { Unpacked } from "#shared/bus/msgpackr-envelope.ts";
import { packEnvelope, unpackEnvelope } from "#shared/bus/msgpackr-envelope.ts";

/** What lies on the wire: bytes, or the envelope as it was handed over. */
export type Parcel = Uint8Array | Unpacked;

/** Made by the sender's host: already what comes out where nothing is packed. */
export type Letter = Extract<Unpacked, { readonly kind: "message" }>;

/** How messages become parcels and back; the fleet's own envelope unless a test needs others. */
export interface Wire {
  readonly pack: (letter: Letter) => Parcel;
  readonly unpack: (parcel: Parcel) => Unpacked;
}

/** Proves that every message travels: what seeds under faults run on. */
export const fleetWire: Wire = {
  pack: packEnvelope,
  unpack: (parcel) => (parcel instanceof Uint8Array ? unpackEnvelope(parcel) : parcel),
};

/** Proves nothing of the kind and costs nothing: for worlds that measure actors by the million. */
export const handingWire: Wire = {
  pack: (letter) => letter,
  unpack: (parcel) => (parcel instanceof Uint8Array ? unpackEnvelope(parcel) : parcel),
};
