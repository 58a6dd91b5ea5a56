// What is wrong with a fleet file, told so that it can be mended in one round: every problem at once, each with
// its line, its path, what is expected and what was found. Never a key. What an anchor gets wrong is told once, not
// at each of its aliases.

import type { Alias, Document, LineCounter, Node } from "yaml";
import { isAlias, isCollection, isNode } from "yaml";
import { aliasSources } from "./alias-sources.ts";
import { repeatedKeys } from "./repeated-keys.ts";

export interface FleetProblem {
  /** From 1. */
  readonly line: number;
  /** For example `tenants[1].limits.requestsPerMinute`. */
  readonly path: string;
  readonly problem: string;
}

export type Path = readonly (string | number)[];

export const problemLine = ({ line, path, problem }: FleetProblem): string =>
  `line ${line}${path === "" ? "" : `, ${path}`}: ${problem}`;

/** The nearest node to a path, and what of the path is not there. */
interface Spot {
  readonly node: Node | undefined;
  readonly missing: Path;
}

/** Nobody reads more, and each costs a walk to its line. */
export const problemsMax = 1_000;

/** Collects problems of one document, the first thousand. */
export class FleetProblems {
  readonly #found: FleetProblem[] = [];
  /** Where in the text, and what: an alias leads to a spot that may have been judged already. */
  readonly #told = new Set<string>();
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #sources: ReadonlyMap<Alias, Node | undefined>;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
    this.#sources = aliasSources(document);
  }

  add(path: Path, problem: string): void {
    if (this.#found.length >= problemsMax) return;
    const { node, missing } = this.#spotOf(path);
    const mark = `${node?.range?.[0] ?? 0} ${pathText(missing)} ${problem}`;
    if (this.#told.has(mark)) return;
    this.#told.add(mark);
    const told = { path: printable(pathText(path)), problem: printable(problem) };
    this.#found.push({ line: this.#lineOf(node), ...told });
  }

  /** "expected …, found …"; what stands at the path is shown unless it is a key or a tenant's words. */
  expected(path: Path, expected: string): void {
    if (this.#found.length >= problemsMax) return;
    this.add(path, `expected ${expected}, ${this.#foundAt(path)}`);
  }

  /** Keys that one map has twice; each by its own line. True: there are some. */
  addRepeatedKeys(): boolean {
    const repeated = repeatedKeys(this.#document).slice(0, problemsMax);
    for (const key of repeated) {
      const problem = "Map keys must be unique";
      this.#found.push({ line: this.#lineOf(key), path: "", problem });
    }
    return repeated.length > 0;
  }

  /** Aliases of anchors that are not there; each by its own line. True: there are some. */
  addLooseAliases(): boolean {
    const loose = [...this.#sources].filter(([, source]) => source === undefined);
    loose.splice(problemsMax);
    for (const [alias] of loose) {
      const name = shorten(alias.source);
      const problem = printable(`*${name}: there is no anchor &${name} above`);
      this.#found.push({ line: this.#lineOf(alias), path: "", problem });
    }
    return loose.length > 0;
  }

  /** By line. */
  list(): readonly FleetProblem[] {
    return this.#found.toSorted((a, b) => a.line - b.line);
  }

  #foundAt(path: Path): string {
    if (unshown.has(String(path.at(-1)))) return "found something else";
    const { node, missing } = this.#spotOf(path);
    if (node === undefined || missing.length > 0) return "found nothing";
    return `found ${shorten(JSON.stringify(node.toJS(this.#document)) ?? String(node))}`;
  }

  // What is absent is reported where it should stand: at the nearest thing around it.
  #spotOf(path: Path): Spot {
    const { contents } = this.#document;
    let node: Node | undefined = contents ?? undefined;
    for (const [depth, part] of path.entries()) {
      const next: unknown = isCollection(node) ? node.get(part, true) : undefined;
      const source = isAlias(next) ? this.#sources.get(next) : next;
      if (!isNode(source)) return { node, missing: path.slice(depth) };
      node = source;
    }
    return { node, missing: [] };
  }

  #lineOf(node: Node | undefined): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : 1;
  }
}

const unshown: ReadonlySet<string> = new Set(["secret", "sha256", "text", "systemPrompt"]);

const valueLengthMax = 60;

const shorten = (text: string): string =>
  text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax)}…`;

/** What a problem quotes of the file may be anything: a line of a terminal is to be made of it. */
export const printable = (text: string): string =>
  (text.length <= problemLengthMax ? text : `${text.slice(0, problemLengthMax)}…`).replaceAll(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

const problemLengthMax = 400;

/** What no YAML has: of a file of something else one line is enough. */
export function notText(text: string): FleetProblem | undefined {
  const at = text.search(/[^\P{Cc}\t\n\r\u0085]|\ufffd/u);
  if (at < 0) return undefined;
  const line = text.slice(0, at).split("\n").length;
  const found = printable(text.charAt(at));
  return { line, path: "", problem: `it is not a text file: it has ${found} in it` };
}

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
