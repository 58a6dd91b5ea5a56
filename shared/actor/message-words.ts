// How a host names in its notes what it dropped and what threw: kinds and reasons, never a message's values.

export function kindOfMessage(message: unknown): string {
  const kind = (message as { readonly kind?: unknown } | null | undefined)?.kind;
  return typeof kind === "string" ? kind : "";
}

const reasonMax = 200;
export const reasonOf = (bug: unknown): string =>
  (bug instanceof Error ? bug.message : String(bug)).slice(0, reasonMax);
