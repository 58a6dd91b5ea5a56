import assert from "node:assert/strict";
import { test } from "node:test";
import { connectFault, isPassing, outcomeUnknown, statementFault } from "./postgres-faults.ts";
import { requirePostgresVersion } from "./postgres-version.ts";

const place = { host: "db", port: 5432, database: "fairlead", user: "edge" };
const refused = (code: string, message = "no") =>
  connectFault(Object.assign(new Error(message), { code }), place);

test("what keeps a process out says what to do, and whether waiting helps", () => {
  assert.match(refused("3D000").message, /no database "fairlead": create it/);
  assert.match(refused("28P01").message, /refuses the role "edge"/);
  const hungUp = connectFault(new Error("Connection terminated unexpectedly"), place);
  assert.match(hungUp.message, /postgres db:5432 .*is it a Postgres server\?/);
  assert.equal(isPassing(refused("3D000")), false);
  assert.equal(isPassing(refused("57P03", "starting up")), true);
  assert.equal(isPassing(refused("ECONNREFUSED")), true);
});

test("a lost answer is an unknown outcome, a refusal is not", () => {
  assert.equal(statementFault(new Error("Connection terminated")).code, outcomeUnknown);
  assert.equal(
    statementFault(Object.assign(new Error("x"), { code: "EPIPE" })).code,
    outcomeUnknown,
  );
  assert.equal(statementFault(Object.assign(new Error("x"), { code: "23505" })).code, "23505");
});

test("a Postgres that is too old is refused at the door", async () => {
  const of = (version: number) => ({ query: () => Promise.resolve([{ version }]) });
  await requirePostgresVersion(of(130_001));
  await assert.rejects(requirePostgresVersion(of(120_022)), /is version 12: Fairlead needs 13/);
});
