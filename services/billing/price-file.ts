// Reads a price file: YAML to issuers, accounts and price books, or everything that is wrong with it, each with its line.

import type { Document } from "yaml";
import { isNode, LineCounter, parseDocument } from "yaml";
import type { PriceProblem } from "#shared/model/billing-desk.ts";
import type { PriceBook } from "#shared/model/price-book.ts";
import { overlapOf } from "#shared/model/price-book.ts";
import type { PriceFileEntries } from "./price-words.ts";
import { priceFileShape } from "./price-words.ts";

export interface PriceFile {
  readonly issuers: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: string;
  }[];
  readonly accounts: readonly AccountWish[];
  readonly books: readonly PriceBook[];
}

export interface AccountWish {
  /** Empty: of all that have none of their own. */
  readonly tenant: string;
  readonly currency: string;
  /** Absent: the only issuer there is. */
  readonly issuer: string | undefined;
  readonly stripeCustomer: string | undefined;
}

export type PriceReading =
  | { readonly kind: "prices"; readonly prices: PriceFile; readonly problemAt: ProblemAt }
  | { readonly kind: "problems"; readonly problems: readonly PriceProblem[] };

type Path = readonly (string | number)[];
export type ProblemAt = (path: Path, problem: string) => PriceProblem;

const problemsMax = 200;

export function readPriceFile(text: string): PriceReading {
  const lines = new LineCounter();
  // Nothing but text, lists and maps: `0.10` stays what was written.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: "failsafe",
  });
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, problemsMax).map(({ pos, message }) => ({
      line: lines.linePos(pos[0]).line,
      path: "",
      problem: printable(message),
    }));
    return { kind: "problems", problems };
  }
  const problemAt: ProblemAt = (path, problem) => ({
    line: lineOf(document, lines, path),
    path: printable(pathText(path)),
    problem: printable(problem),
  });
  const values = valuesOf(document);
  if (values instanceof Error) {
    return { kind: "problems", problems: [problemAt([], values.message)] };
  }
  const read = priceFileShape.safeParse(values);
  if (!read.success) {
    const problems = read.error.issues
      .slice(0, problemsMax)
      .map(({ path, message }) => problemAt(path.map(plainPart), expectedText(message)));
    return { kind: "problems", problems: problems.toSorted(byLine) };
  }
  const prices = pricesOf(read.data);
  const problems = within(prices).map(({ path, problem }) => problemAt(path, problem));
  return problems.length > 0
    ? { kind: "problems", problems }
    : { kind: "prices", prices, problemAt };
}

/** Anchors may be used; one that is not there, or so many that they blow up, are an error. */
function valuesOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 1_000 }) ?? {};
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

const plainPart = (part: PropertyKey): string | number =>
  typeof part === "number" ? part : String(part);

const expectedText = (message: string): string =>
  /^(a|an|1|the) /.test(message) ? `expected ${message}` : message;

const byLine = (a: PriceProblem, b: PriceProblem): number => a.line - b.line;

const pricesOf = ({ issuers = [], accounts = [], books = [] }: PriceFileEntries): PriceFile => ({
  issuers: issuers.map(({ id, name, address = "" }) => ({ id, name, address })),
  accounts: accounts.map(({ tenant, currency, issuer, stripeCustomer }) => ({
    tenant: tenant === "*" ? "" : tenant,
    currency,
    issuer,
    stripeCustomer,
  })),
  books: books.map(({ id, currency, tenant = "", effectiveFrom, effectiveTo, ...rates }) => ({
    id,
    currency,
    tenant,
    fromEpochMs: effectiveFrom,
    ...(effectiveTo === undefined ? {} : { toEpochMs: effectiveTo }),
    rates: JSON.parse(JSON.stringify(rates)) as PriceBook["rates"],
  })),
});

interface Found {
  readonly path: Path;
  readonly problem: string;
}

/** What holds between entries of one file. */
function within({ issuers, accounts, books }: PriceFile): readonly Found[] {
  return [
    ...repeated(
      "issuers",
      "id",
      issuers.map(({ id }) => id),
    ),
    ...repeated(
      "accounts",
      "tenant",
      accounts.map(({ tenant }) => tenant || "*"),
    ),
    ...repeated(
      "books",
      "id",
      books.map(({ id }) => id),
    ),
    ...books.flatMap((book, index) =>
      books.slice(0, index).flatMap((earlier) => {
        const problem = overlapOf(book, earlier);
        return problem === undefined
          ? []
          : [{ path: ["books", index, "effectiveFrom"], problem: `${book.id} ${problem}` }];
      }),
    ),
  ];
}

const repeated = (section: string, field: string, ids: readonly string[]): readonly Found[] =>
  ids.flatMap((id, index) =>
    ids.indexOf(id) === index
      ? []
      : [{ path: [section, index, field], problem: `${id} is there twice` }],
  );

/** Of what stands at the path, or of the nearest thing around it. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node: unknown = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );

/** What a problem quotes of the file may be anything: a line of a terminal is to be made of it. */
const printable = (text: string): string =>
  text.slice(0, 300).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "?");
