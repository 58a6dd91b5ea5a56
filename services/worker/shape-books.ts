// A worker's GPU time by shape over all lives of its engine. Law: what is told of a shape is all since the worker's life began, and only
// of those that have had more since the last word.

import type { GpuTime } from "#shared/messages/from-engine.ts";
import type { ShapeGpuWord } from "#shared/model/gpu-shapes.ts";
import { addShapes, shapeKey, shapeNumbers } from "#shared/model/gpu-shapes.ts";

export class ShapeBooks {
  readonly #before = new Map<string, ShapeGpuWord>();
  readonly #told = new Map<string, number>();

  /** With its last word: another engine's life begins. */
  endEngineLife({ shapes = [] }: GpuTime): void {
    for (const one of shapes) this.#before.set(shapeKey(one), this.#since(one));
  }

  grown({ shapes = [] }: GpuTime): readonly ShapeGpuWord[] {
    const grown: ShapeGpuWord[] = [];
    for (const one of shapes) {
      const now = this.#since(one);
      const sum = shapeNumbers.reduce((all, name) => all + now[name], 0);
      if (sum === (this.#told.get(shapeKey(one)) ?? 0)) continue;
      this.#told.set(shapeKey(one), sum);
      grown.push(now);
    }
    return grown;
  }

  #since(one: ShapeGpuWord): ShapeGpuWord {
    const before = this.#before.get(shapeKey(one));
    return before === undefined ? one : addShapes(before, one);
  }
}
