// The desired state at the start: the registry's own if it has one, else the file's. A file that the operator
// names is applied each time, as is one made for a model that they name; the example file only fills an empty registry, so
// that changes made since survive.

import { readFileSync } from "node:fs";
import { cannotRead } from "#shared/config/file-reason.ts";
import type { Fleet } from "#shared/model/fleet.ts";
import { problemLine } from "#services/registry/fleet-problems.ts";
import type { Registry } from "#services/registry/registry.ts";

export interface FleetSource {
  readonly file: string;
  /** Instead of what stands in it. */
  readonly text?: string;
  readonly isNamedByOperator: boolean;
}

/** Throws an error that lists everything wrong with the file. */
export async function firstFleet(
  registry: Registry,
  { file, text, isNamedByOperator }: FleetSource,
): Promise<Fleet> {
  const standing = await registry.current();
  if (standing !== undefined && !isNamedByOperator) return standing;
  const applied = await registry.apply(text ?? textOf(file), "start");
  if (applied.kind === "refused") {
    const problems = applied.problems.map(problemLine).join("\n  ");
    throw new Error(`${file} is not a fleet:\n  ${problems}`);
  }
  const fleet = await registry.current();
  if (fleet === undefined) throw new Error("the registry lost the fleet that it just took");
  return fleet;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { message } = cannotRead(file, error);
    throw new Error(`FAIRLEAD_FLEET_FILE: ${message}`, { cause: error });
  }
}
