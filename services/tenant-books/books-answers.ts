// What the desk for tenants' books answers to the fleet's edges, at the door of the registry's process.

import type { IncomingMessage } from "node:http";
import type { DeskAnswers, DeskCall } from "#shared/bus/desk-door.ts";
import { sayTo } from "#shared/bus/desk-door.ts";
import type { BooksDesk } from "#shared/model/books-desk.ts";
import { BooksError } from "#shared/model/books-desk.ts";
import { isTenantName } from "#shared/model/tenant-name.ts";
import type { BooksQuestion, ToldBooks, ToldFault } from "./books-words.ts";
import { booksPath, questionBytesMax } from "./books-words.ts";

/** By the first word of the path, as the door takes them. */
export const booksAnswers = (books: BooksDesk): readonly [string, DeskAnswers] => [
  booksPath.slice(1),
  (call) => answer(books, call),
];

async function answer(books: BooksDesk, { request, response }: DeskCall): Promise<void> {
  const text = request.method === "POST" ? await textOf(request) : undefined;
  if (text === undefined) return sayTo(response, 400, {});
  const question = JSON.parse(text) as BooksQuestion;
  if (!isTenantName(question.tenant)) return sayTo(response, 400, {});
  try {
    const told: ToldBooks = { told: await toldOf(books, question) };
    sayTo(response, 200, told);
  } catch (error) {
    if (!(error instanceof BooksError)) throw error;
    const told: ToldFault = { fault: error.code };
    sayTo(response, 409, told);
  }
}

/** Undefined: more than anybody asks. */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > questionBytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function toldOf(books: BooksDesk, question: BooksQuestion): Promise<unknown> {
  const { tenant } = question;
  switch (question.ask) {
    case "series":
      return books.series(tenant, question.asked);
    case "records":
      return books.records(tenant, question.asked);
    case "record":
      return books.record(tenant, question.asked);
    case "quotas":
      return books.quotas(tenant);
    case "invoices":
      return books.invoices(tenant);
    case "invoice":
      return books.invoice(tenant, question.asked);
    default:
      question satisfies never;
      throw new Error("a question that this process does not know");
  }
}
