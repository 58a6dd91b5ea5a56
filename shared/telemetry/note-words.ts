// The words that notes repeat (tenants, pools, workers, reasons), each known by a number. Bounded: a word that comes
// when the table is full has none, and whoever asks writes it out.

const wordsMax = 4_096;
const wordLengthMax = 96;

export class NoteWords {
  readonly #ids = new Map<string, number>();
  readonly #words: string[] = [];

  idOf(word: string): number | undefined {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    if (this.#words.length >= wordsMax || word.length > wordLengthMax) return undefined;
    const id = this.#words.length;
    this.#words.push(word);
    this.#ids.set(word, id);
    return id;
  }

  wordOf(id: number): string {
    return this.#words[id] ?? "";
  }
}
