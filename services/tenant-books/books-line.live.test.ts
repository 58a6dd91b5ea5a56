import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { createFleetAuthority } from "#deploy/local/servers/fleet-authority.ts";
import { startDeskDoor } from "#shared/bus/desk-door.ts";
import { DeskLine } from "#shared/bus/desk-line.ts";
import type { FleetRole, Trust } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import type { RequestId, TenantId } from "#shared/model/ids.ts";
import { booksAnswers } from "./books-answers.ts";
import { booksLine } from "./books-line.ts";

const acme = "acme" as TenantId;
const range = { fromEpochMs: 0, toEpochMs: 60_000 };
const series = { ...range, step: "minute", by: ["model"] } as const;
const record = { requestId: "r1" as RequestId };
const invoice = { number: "FL-7", format: "csv" } as const;

/** Says back what it was asked. */
function echo(): BooksDesk & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const told = (...words: readonly unknown[]): never => {
    asked.push(words);
    return words as never;
  };
  return {
    asked,
    series: async (tenant, what) => told("series", tenant, what),
    records: async (tenant, what) => told("records", tenant, what),
    record: async () => undefined,
    quotas: async (tenant) => told("quotas", tenant),
    invoices: () => Promise.reject(new BooksError("busy")),
    invoice: async (tenant, what) => JSON.stringify(["invoice", tenant, what]),
  };
}

async function stage(context: TestContext, desk: BooksDesk) {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-books-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const authority = createFleetAuthority(folder);
  const trustOf = (role: FleetRole): Trust => readTrust(authority.issue(role, `${role}-1`));
  const faults: unknown[] = [];
  const door = await startDeskDoor(
    {
      desks: new Map([booksAnswers(desk)]),
      trust: trustOf("registry"),
      onFault: (error) => faults.push(error),
    },
    { host: "127.0.0.1", port: 0 },
  );
  context.after(() => door.close());
  const lineOf = (role: FleetRole, place: string | undefined = `127.0.0.1:${door.port}`) => {
    const line = new DeskLine(trustOf(role));
    context.after(() => line.close());
    return booksLine({ line, place: () => place });
  };
  return { lineOf, faults };
}

test("a question is asked on the other side as it is here, and its answer told", async (context) => {
  const desk = echo();
  const { lineOf, faults } = await stage(context, desk);
  const line = lineOf("edge");
  const seen = [{ model: "m", adapterDigest: "aa" }];
  assert.deepEqual(await line.series(acme, { ...series, seen }), [
    "series",
    acme,
    { ...series, seen },
  ]);
  const page = { ...range, limit: 3, after: record.requestId };
  assert.deepEqual(await line.records(acme, page), ["records", acme, page]);
  assert.deepEqual(await line.quotas(acme), ["quotas", acme]);
  assert.equal(await line.invoice(acme, invoice), JSON.stringify(["invoice", acme, invoice]));
  assert.equal(await line.record(acme, record), undefined);
  await assert.rejects(line.invoices(acme), new BooksError("busy"));
  assert.deepEqual(faults, []);
});

test("nobody but an edge is answered, in nobody's name but a tenant's, and no question without end", async (context) => {
  const desk = echo();
  const { lineOf, faults } = await stage(context, desk);
  for (const role of ["worker", "control", "metering"] as const) {
    await assert.rejects(lineOf(role).quotas(acme), /403/);
  }
  const edge = lineOf("edge");
  for (const name of ["", "fairlead:trials", "a b"]) {
    await assert.rejects(edge.quotas(name as TenantId), /400/, name);
  }
  const endless = [...Array(20_000)].map((_, at) => ({ model: `model-number-${at}` }));
  await assert.rejects(edge.series(acme, { ...series, seen: endless }));
  assert.deepEqual([desk.asked, faults], [[], []]);
  await assert.rejects(lineOf("edge", "127.0.0.1:1").quotas(acme), /ECONNREFUSED/);
});
