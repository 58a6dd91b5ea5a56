import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { startAdminApi } from "#services/console/admin-api.ts";
import { runCommandLine } from "#services/console/command-line.ts";
import { scriptedSecret } from "#services/console/scripted/scripted-keys.ts";
import { scriptedPlatform } from "#services/console/scripted/scripted-platform.ts";

const platform = scriptedPlatform();
const api = await startAdminApi({ ports: platform.ports }, { host: "127.0.0.1", port: 0 });
after(async () => {
  await api.close();
  platform.store.close();
});
beforeEach(() => platform.commands.splice(0));

async function fairlead(...words: string[]): Promise<{ code: number; out: string }> {
  const lines: string[] = [];
  const code = await runCommandLine(words, {
    environment: { FAIRLEAD_ADMIN_PORT: String(api.port) },
    print: (line) => lines.push(line),
    complain: (line) => lines.push(line),
    readFile: () => Promise.reject(new Error("not here")),
    openFile: () => Promise.reject(new Error("not here")),
  });
  return { code, out: lines.join("\n") };
}

test("create prints the key once, with what it may do, and says that it is the only time", async () => {
  const { code, out } = await fairlead(
    "key",
    "create",
    "acme",
    "--models",
    "llama-3.1-8b,llama-3.1-8b:a",
    "--scopes",
    "adapters",
  );
  assert.equal(code, 0, out);
  assert.match(out, /models llama-3\.1-8b, llama-3\.1-8b:a; scopes adapters\n/);
  assert.equal(out.split("\n").filter((line) => line === scriptedSecret).length, 1);
  assert.match(out, /shown this once/);
  assert.deepEqual(platform.commands, ["create key of acme by admin-api"]);
});

test("an expiry is a moment or a time from now, and lies ahead", async () => {
  const told = async (expires: string): Promise<number> => {
    const { out } = await fairlead("key", "create", "acme", "--expires", expires, "--json");
    return (JSON.parse(out) as { expiresAtEpochMs: number }).expiresAtEpochMs;
  };
  assert.ok(Math.abs((await told("90d")) - Date.now() - 90 * 86_400_000) < 60_000);
  assert.equal(await told("2030-01-31T12:00:00Z"), Date.UTC(2030, 0, 31, 12));
  for (const wrong of ["2020-01-01", "0s", "soon", "99999d"]) {
    const { code, out } = await fairlead("key", "create", "acme", "--expires", wrong);
    assert.equal(code, 2, out);
    assert.match(out, /--expires: expected a time/);
  }
});

test("what cannot be is told in words, and with the exit code of its kind", async () => {
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["create", "nobody"], 1, /There is no tenant nobody/],
    [
      ["create", "acme", "--models", "secret-70b"],
      2,
      /secret-70b is no model of this tenant; it has llama-3\.1-8b/,
    ],
    [
      ["create", "acme", "--models", "a:b:c"],
      2,
      /--models: expected 1 to 64 of model or model:adapter/,
    ],
    [
      ["create", "acme", "--scopes", "admin"],
      2,
      /--scopes: expected inference, adapters, usage or some of them/,
    ],
    [["create", "acme", "--overlap", "1h"], 2, /key create has no option --overlap/],
    [["create"], 2, /expected: fairlead key create TENANT/],
    [["list", "acme"], 2, /key list takes no operand/],
    [
      ["rotate", "acme-0a1b2c3d4e5f", "--overlap", "31d"],
      2,
      /--overlap: expected a time up to 30d/,
    ],
    [["rotate", "nothing"], 1, /There is no key nothing/],
    [["revoke", "nothing"], 1, /There is no key nothing/],
    [["drop", "x"], 2, /key knows create, list, rotate, revoke, not drop/],
  ];
  for (const [words, exit, expected] of cases) {
    const { code, out } = await fairlead("key", ...words);
    assert.equal(code, exit, `${words.join(" ")}: ${out}`);
    assert.match(out, expected);
  }
  assert.deepEqual(platform.commands, []);
});

test("list tells handles and states; rotate and revoke say what becomes of the old one", async () => {
  const { out } = await fairlead("key", "list");
  assert.match(
    out,
    /^KEY +TENANT +STATE +FROM +ENDS +MODELS +SCOPES\nacme-0a1b2c3d4e5f +acme +live +command +all +all$/,
  );
  assert.match((await fairlead("key", "list", "--tenant", "bolt")).out, /\(none\)$/);
  const rotated = await fairlead("key", "rotate", "acme-0a1b2c3d4e5f");
  assert.match(
    rotated.out,
    /acme-0a1b2c3d4e5f ends 2023-11-14T22:13:20\.000Z: give the new key out before$/,
  );
  await fairlead("key", "rotate", "acme-0a1b2c3d4e5f", "--overlap", "0s");
  const revoked = await fairlead("key", "revoke", "acme-0a1b2c3d4e5f");
  assert.equal(revoked.out, "acme-0a1b2c3d4e5f of acme is revoked (fleet version 11)");
  assert.deepEqual(platform.commands, [
    "rotate key acme-0a1b2c3d4e5f over 86400000 ms by admin-api",
    "rotate key acme-0a1b2c3d4e5f over 0 ms by admin-api",
    "revoke key acme-0a1b2c3d4e5f by admin-api",
  ]);
});
