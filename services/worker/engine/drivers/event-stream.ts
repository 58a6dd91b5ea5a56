// Server-sent events, as engines stream them: the data of each event as it is complete, however the text was cut.

import { EngineFault } from "./engine-fault.ts";

/** No event of an engine is longer. */
const eventLengthMax = 4 * 1024 * 1024;

export class EventReader {
  #rest = "";
  readonly #onData: (data: string) => void;

  constructor(onData: (data: string) => void) {
    this.#onData = onData;
  }

  read(text: string): void {
    const whole = this.#rest === "" ? text : this.#rest + text;
    let from = 0;
    for (;;) {
      const end = whole.indexOf("\n\n", from);
      if (end < 0) break;
      const event = whole.slice(from, end);
      from = end + 2;
      // Comments are signs of life.
      if (event.startsWith("data: ")) this.#onData(event.slice("data: ".length));
      else if (event !== "" && !event.startsWith(":")) {
        throw new EngineFault("malformed", `no event: ${event.slice(0, 80)}`);
      }
    }
    this.#rest = whole.slice(from);
    if (this.#rest.length > eventLengthMax) {
      throw new EngineFault("malformed", "an event without an end");
    }
  }
}
