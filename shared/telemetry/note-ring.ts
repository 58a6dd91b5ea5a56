// Notes as numbers in one ring outside the heap, the newest over the oldest. Kept as objects they are all that the
// collector of garbage has to move and mark: they cost a request more than saying them did (see README).

import type { Address } from "#shared/actor/actor.ts";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { Shape, ValueForm } from "./note-shapes.ts";
import { NoteShapes } from "./note-shapes.ts";
import { NoteWords } from "./note-words.ts";

/** The most that one note takes; what is longer is cut. */
export const noteCellsMax = 2_048;

/** Link to the request's next note, shape, time. */
const headCells = 3;
const textLengthMax = 300;

export class NoteRing {
  readonly #cells: Float64Array;
  readonly #mask: number;
  readonly #shapes = new NoteShapes();
  readonly #words = new NoteWords();
  /** Positions only grow; 0 is none. */
  #end = 1;

  /** Cells in all, a power of two. */
  constructor(capacity: number) {
    this.#cells = new Float64Array(capacity);
    this.#mask = capacity - 1;
  }

  /** What lies before this position may be gone after the next write. */
  get safeFrom(): number {
    return this.#end + noteCellsMax - this.#cells.length;
  }

  /** Its position. Undefined: a note of a form for which there is no room. */
  write({ event, actor, fields, nowMs }: NoteRecord, requestId: string): number | undefined {
    const position = this.#end;
    const limit = position + noteCellsMax - textLengthMax - 1;
    this.#end += headCells;
    let shape = this.#shapes.begin(event);
    if (shape !== undefined) shape = this.#writeText(shape, "actor", actor, requestId);
    for (const name in fields) {
      if (shape === undefined || this.#end >= limit) break;
      const value = fields[name];
      shape =
        typeof value === "number"
          ? this.#writeNumber(shape, name, value)
          : this.#writeText(shape, name, String(value), requestId);
    }
    if (shape === undefined) {
      this.#end = position;
      return undefined;
    }
    this.#put(position, 0);
    this.#put(position + 1, shape.id);
    this.#put(position + 2, nowMs);
    return position;
  }

  read(position: number, requestId: string): NoteRecord {
    const path: Shape[] = [];
    let shape = this.#shapes.get(this.#at(position + 1));
    const event = shape?.event ?? "";
    for (; shape?.before !== undefined; shape = shape.before) path.push(shape);
    let actor = "";
    const fields: Record<string, string | number> = {};
    let cell = position + headCells;
    for (const [index, { name, form }] of path.toReversed().entries()) {
      const value = this.#readValue(cell, form, requestId);
      cell += form === "text" ? 1 + this.#at(cell) : form === "request" ? 0 : 1;
      if (index === 0) actor = String(value);
      else fields[name] = value;
    }
    const nowMs = this.#at(position + 2);
    return { kind: "note", event, fields, actor: actor as Address, nowMs };
  }

  nextOf(position: number): number {
    return this.#at(position);
  }

  link(position: number, next: number): void {
    this.#put(position, next);
  }

  #writeNumber(before: Shape, name: string, value: number): Shape | undefined {
    this.#put(this.#end++, value);
    return this.#shapes.follow(before, name, "number");
  }

  #writeText(before: Shape, name: string, value: string, requestId: string): Shape | undefined {
    if (value === requestId) return this.#shapes.follow(before, name, "request");
    const isPrefixed = value.length > requestId.length && value.endsWith(requestId);
    const word = isPrefixed ? value.slice(0, value.length - requestId.length) : value;
    const id = this.#words.idOf(word);
    if (id === undefined) return this.#writeOut(before, name, value);
    this.#put(this.#end++, id);
    return this.#shapes.follow(before, name, isPrefixed ? "prefixed" : "word");
  }

  #writeOut(before: Shape, name: string, value: string): Shape | undefined {
    const length = Math.min(value.length, textLengthMax);
    this.#put(this.#end++, length);
    for (let index = 0; index < length; index++) this.#put(this.#end++, value.charCodeAt(index));
    return this.#shapes.follow(before, name, "text");
  }

  #readValue(cell: number, form: ValueForm, requestId: string): string | number {
    switch (form) {
      case "number":
        return this.#at(cell);
      case "word":
        return this.#words.wordOf(this.#at(cell));
      case "request":
        return requestId;
      case "prefixed":
        return this.#words.wordOf(this.#at(cell)) + requestId;
      case "text":
        return this.#readOut(cell);
      default:
        return form satisfies never;
    }
  }

  #readOut(cell: number): string {
    const units = Array.from({ length: this.#at(cell) }, (_, index) => this.#at(cell + 1 + index));
    return String.fromCharCode(...units);
  }

  #put(cell: number, value: number): void {
    this.#cells[cell & this.#mask] = value;
  }

  #at(cell: number): number {
    return this.#cells[cell & this.#mask] ?? 0;
  }
}
