// Page by page, everyone who has one: the rounds of one asking, and what came of them.

import type { Gathered } from "#shared/bus/asking.ts";
import type { Told } from "#services/console/platform-view.ts";
import type { PageBody } from "./process-answers-pages.ts";
import { asPage } from "./process-answers-pages.ts";

export interface ProcessRows<Row> {
  readonly process: string;
  readonly rows: readonly Row[];
}

export type GatheredRows<Row> = Told<readonly ProcessRows<Row>[]>;

export class Rounds {
  readonly #found = new Map<string, unknown[]>();
  readonly #silent = new Set<string>();
  #omitted = 0;
  /** Where each process that has more goes on. Undefined before the first round. */
  #open: ReadonlyMap<string, number> | undefined;

  get isOver(): boolean {
    return this.#open?.size === 0;
  }

  /** What the next round asks for. */
  get body(): PageBody {
    return this.#open === undefined ? {} : { from: Object.fromEntries(this.#open) };
  }

  /** Whom it waits for. */
  expected(everyone: () => readonly string[]): readonly string[] {
    return this.#open === undefined ? everyone() : [...this.#open.keys()];
  }

  hear({ answers, silent }: Gathered): void {
    const before = this.#open;
    const open = new Map<string, number>();
    for (const process of silent) this.#silent.add(process);
    for (const { process, answer } of answers) {
      if (before !== undefined && !before.has(process)) continue;
      const page = asPage(answer);
      if (page === undefined) {
        this.#silent.add(process);
        continue;
      }
      const rows = this.#found.get(process) ?? [];
      rows.push(...page.rows);
      this.#found.set(process, rows);
      this.#omitted += page.omitted ?? 0;
      if (page.next !== undefined) open.set(process, page.next);
    }
    this.#open = open;
  }

  /** Whoever had more to say than was asked for is named too: its answer has a gap. */
  result(): GatheredRows<unknown> {
    return {
      told: [...this.#found].map(([process, rows]) => ({ process, rows })),
      silent: [...new Set([...this.#silent, ...(this.#open?.keys() ?? [])])].toSorted(),
      omitted: this.#omitted,
    };
  }
}
