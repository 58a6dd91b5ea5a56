// Which role processes a local fleet has: their names, zones and worker hosts, in the waves in which they start.

import { letters } from "#deploy/local/servers/server-options.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { workerHost, zoneOf } from "./fleet-file.ts";

export interface FleetSize {
  readonly edges: number;
  readonly control: number;
  readonly workers: number;
}

export const usualSize: FleetSize = { edges: 2, control: 2, workers: 4 };

export interface PlannedRole {
  readonly name: string;
  readonly role: FleetRole;
  readonly zone: string;
  readonly workerHost?: string;
}

/** A wave starts when the one before it is ready: what others need comes first, what takes requests comes last. */
export function roleWaves({ edges, control, workers }: FleetSize): readonly PlannedRole[][] {
  return [
    ofRole("registry", 1),
    [...ofRole("metering", 1), ...ofRole("control", control)],
    ofRole("worker", workers).map((planned, index) => ({
      ...planned,
      workerHost: workerHost(index),
    })),
    ofRole("edge", edges),
  ];
}

/** Round robin over the zones: `edge-a-1`, `edge-b-1`, `edge-c-1`, `edge-a-2`. */
function ofRole(role: FleetRole, count: number): PlannedRole[] {
  return Array.from({ length: count }, (_, index) => {
    const letter = letters[index % letters.length] ?? "a";
    const serial = Math.floor(index / letters.length) + 1;
    return { name: `${role}-${letter}-${serial}`, role, zone: zoneOf(index) };
  });
}
