// Finds the key of a webhook's signature where the fleet says that it is: `env:NAME` or `file:PATH`. The fleet, its answers
// and its audit know the place alone. Read each time, so that it can be changed without a restart.

import { readFile } from "node:fs/promises";

export type Secret =
  /** Undefined: it is not to be signed. */
  | { readonly kind: "found"; readonly value: string | undefined }
  | { readonly kind: "missing"; readonly reason: string };

export async function findSecret(
  place: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Secret> {
  if (place === undefined) return { kind: "found", value: undefined };
  const path = /^file:(.+)$/s.exec(place)?.[1];
  const name = /^env:(.+)$/s.exec(place)?.[1] ?? "";
  const value =
    path === undefined
      ? environment[name]
      : (await readFile(path, "utf8").catch(() => "")).trimEnd();
  // Unsigned it would be believed by nobody, or by everybody.
  return value === undefined || value === ""
    ? { kind: "missing", reason: `there is no secret at ${place}` }
    : { kind: "found", value };
}
