// The list of models as it is sent. Law: who asks again and again, which no limit counts, costs one list a moment for each of its
// keys, and no more is kept than one bound for everybody.

import type { Asker, FleetView } from "./fleet-view.ts";
import { listModels } from "./models-list.ts";

/** So late a model that retires is missed in a list; who asks for it is refused at once. */
const keptMs = 1_000;
const keptCharactersMax = 8_388_608;

export class ModelsTexts {
  readonly #texts = new Map<string, { readonly text: string; readonly atEpochMs: number }>();
  #characters = 0;
  /** That they were written from: nothing of another one is told. */
  #view: FleetView | undefined;

  of(view: FleetView, asker: Asker, nowEpochMs: number): string {
    if (view !== this.#view) this.#begin(view);
    const who = JSON.stringify([asker.tenant.policy.tenant, asker.models]);
    const known = this.#texts.get(who);
    const ageMs = known === undefined ? Infinity : nowEpochMs - known.atEpochMs;
    if (known !== undefined && ageMs >= 0 && ageMs < keptMs) return known.text;
    this.#forget(who);
    const text = JSON.stringify({ object: "list", data: listModels(view, asker, nowEpochMs) });
    this.#keep(who, text, nowEpochMs);
    return text;
  }

  #begin(view: FleetView): void {
    this.#view = view;
    this.#texts.clear();
    this.#characters = 0;
  }

  #keep(who: string, text: string, atEpochMs: number): void {
    const characters = who.length + text.length;
    if (characters > keptCharactersMax) return;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters + characters <= keptCharactersMax) break;
      this.#forget(oldest);
    }
    this.#texts.set(who, { text, atEpochMs });
    this.#characters += characters;
  }

  #forget(who: string): void {
    const known = this.#texts.get(who);
    if (known === undefined) return;
    this.#characters -= who.length + known.text.length;
    this.#texts.delete(who);
  }
}
