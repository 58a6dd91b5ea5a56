// A desk for keys that is not there, for the tests of the console: it notes what it is asked, and has one key of acme.

import type { KeyDesk, KeyStanding } from "#shared/model/key-desk.ts";

export const scriptedSecret = "fl-scripted-secret";

const standing: KeyStanding = {
  id: "acme-0a1b2c3d4e5f",
  tenant: "acme",
  state: "live",
  from: "command",
  createdAtEpochMs: 1_700_000_000_000,
};

export const scriptedKeys = (commands: string[]): KeyDesk => ({
  list: async (tenant) => (tenant === undefined || tenant === "acme" ? [standing] : []),
  async create(key, actor) {
    if (key.tenant !== "acme") return { kind: "unknown-tenant" };
    if (key.models?.includes("secret-70b") === true) {
      return { kind: "unknown-model", model: "secret-70b", known: ["llama-3.1-8b"] };
    }
    commands.push(`create key of ${key.tenant} by ${actor}`);
    return { key: { ...standing, ...key }, secret: scriptedSecret, version: 9 };
  },
  async rotate({ id, overlapMs, ...terms }, actor) {
    if (id !== standing.id) return { kind: "unknown-key" };
    commands.push(`rotate key ${id} over ${overlapMs} ms by ${actor}`);
    const replaced = { id, endsAtEpochMs: 1_700_000_000_000 };
    return { key: { ...standing, ...terms }, secret: scriptedSecret, version: 10, replaced };
  },
  async revoke(id, actor) {
    if (id !== standing.id) return { kind: "unknown-key" };
    commands.push(`revoke key ${id} by ${actor}`);
    return { id, tenant: "acme", version: 11, isChanged: true };
  },
});
