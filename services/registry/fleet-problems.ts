// What is wrong with a fleet file, told so that it can be mended in one round: every problem at once, each with
// its line, its path, what is expected and what was found. Never a key.

import type { LineCounter } from "yaml";
import { isNode } from "yaml";
import type { Document } from "yaml";

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

/** Collects problems of one document. */
export class FleetProblems {
  readonly #found: FleetProblem[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  add(path: Path, problem: string): void {
    this.#found.push({ line: this.#lineOf(path), path: pathText(path), problem });
  }

  /** "expected …, found …"; what stands at the path is shown unless it is a key. */
  expected(path: Path, expected: string): void {
    this.add(path, `expected ${expected}, ${this.#foundAt(path)}`);
  }

  /** By line. */
  list(): readonly FleetProblem[] {
    return this.#found.toSorted((a, b) => a.line - b.line);
  }

  #foundAt(path: Path): string {
    if (path.at(-1) === "secret" || path.at(-1) === "sha256") return "found something else";
    const node: unknown = this.#document.getIn(path, true);
    if (node === undefined) return "found nothing";
    const value: unknown = isNode(node) ? node.toJS(this.#document) : node;
    return `found ${shorten(JSON.stringify(value) ?? String(value))}`;
  }

  // What is absent is reported where it should stand: at the nearest thing around it.
  #lineOf(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

const valueLengthMax = 60;

const shorten = (text: string): string =>
  text.length <= valueLengthMax ? text : `${text.slice(0, valueLengthMax)}…`;

const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`,
    "",
  );
