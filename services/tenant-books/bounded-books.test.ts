import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import type { TenantId } from "#shared/model/ids.ts";
import { boundedBooks } from "./bounded-books.ts";

const tenant = (name: string): TenantId => name as TenantId;
const bounds = { atOnce: 2, waiting: 3, perTenant: 2, patienceMs: 60_000 };

/** Each question is answered when it is told to be. */
function slowBooks(patienceMs = 60_000) {
  const open: (() => void)[] = [];
  let most = 0;
  const desk = boundedBooks(
    {
      quotas: async () => {
        await new Promise<void>((resolve) => {
          open.push(resolve);
          most = Math.max(most, open.length);
        });
        return [];
      },
    } as unknown as BooksDesk,
    { ...bounds, patienceMs },
  );
  const answerOne = (): void => open.shift()?.();
  return { desk, answerOne, open, most: () => most };
}

const isBusy = new BooksError("busy");

test("so many are worked at, some wait for their turn, and the rest is turned back", async () => {
  const { desk, answerOne, open, most } = slowBooks();
  const asked = ["a", "b", "c", "d", "e"].map((name) => desk.quotas(tenant(name)));
  await assert.rejects(desk.quotas(tenant("f")), isBusy);
  for (const each of asked) {
    await sleep(1);
    answerOne();
    await each;
  }
  assert.deepEqual([most(), open.length], [2, 0]);
});

test("a tenant has its part, and gets it back whatever becomes of a question", async () => {
  const { desk, answerOne } = slowBooks();
  const own = [desk.quotas(tenant("a")), desk.quotas(tenant("a"))];
  await assert.rejects(desk.quotas(tenant("a")), isBusy);
  const other = desk.quotas(tenant("b"));
  for (const each of [...own, other]) {
    await sleep(1);
    answerOne();
    await each;
  }
  const failing = boundedBooks(
    { quotas: () => Promise.reject(new Error("down")) } as unknown as BooksDesk,
    bounds,
  );
  for (let round = 0; round < 5; round++) {
    await assert.rejects(failing.quotas(tenant("a")), /down/);
  }
});

test("nobody waits longer than the patience, and who has left takes no place", async () => {
  const { desk, answerOne, open } = slowBooks(20);
  const first = [desk.quotas(tenant("a")), desk.quotas(tenant("b"))];
  await assert.rejects(desk.quotas(tenant("c")), isBusy);
  answerOne();
  answerOne();
  await Promise.all(first);
  const later = [desk.quotas(tenant("c")), desk.quotas(tenant("d"))];
  await sleep(1);
  assert.equal(open.length, 2);
  answerOne();
  answerOne();
  await Promise.all(later);
});
