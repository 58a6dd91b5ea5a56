// The forms that notes have: an event, and field by field a name and how its value lies in a ring of numbers. Notes of
// one place in the code share a form, so a note is found its form by comparing, without making anything.

/**
 * `number`: itself. `word`: its number in the table of words. `request`: the request's own id, which takes no room.
 * `prefixed`: a word, then the request's id. `text`: its length, then its code units.
 */
export type ValueForm = "number" | "word" | "request" | "prefixed" | "text";

/** The last of a note's fields; those before it are its ancestors, and the first stands for the note itself. */
export interface Shape {
  readonly id: number;
  readonly event: string;
  readonly name: string;
  readonly form: ValueForm;
  readonly before: Shape | undefined;
  /** What followed last time. */
  next: Shape | undefined;
  readonly others: Map<string, Shape>;
}

/** Names are constants of ours: what a table of code needs, and a bound all the same. */
const shapesMax = 16_384;

export class NoteShapes {
  readonly #shapes: Shape[] = [];
  readonly #events = new Map<string, Shape>();

  get(id: number): Shape | undefined {
    return this.#shapes[id];
  }

  /** Undefined: no room for a new one. */
  begin(event: string): Shape | undefined {
    const known = this.#events.get(event);
    if (known !== undefined) return known;
    const made = this.#make({ event, name: "", form: "number", before: undefined });
    if (made !== undefined) this.#events.set(event, made);
    return made;
  }

  follow(before: Shape, name: string, form: ValueForm): Shape | undefined {
    const { next } = before;
    if (next !== undefined && next.form === form && next.name === name) return next;
    const key = `${form} ${name}`;
    const found = before.others.get(key) ?? this.#make({ event: before.event, name, form, before });
    if (found === undefined) return undefined;
    before.others.set(key, found);
    before.next = found;
    return found;
  }

  #make(parts: Pick<Shape, "event" | "name" | "form" | "before">): Shape | undefined {
    const id = this.#shapes.length;
    if (id >= shapesMax) return undefined;
    const shape: Shape = { id, ...parts, next: undefined, others: new Map() };
    this.#shapes.push(shape);
    return shape;
  }
}
