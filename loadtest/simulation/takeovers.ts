// When the tenants' queues were taken over: a new owner knows only what it is told.

import type { NoteRecord } from "#shared/actor/host.ts";

export class Takeovers {
  readonly #worldMs: () => number;
  readonly #byTenant = new Map<unknown, number[]>();

  constructor(worldMs: () => number) {
    this.#worldMs = worldMs;
  }

  noted({ event, fields }: NoteRecord): void {
    if (event !== "queue.collecting") return;
    const tenant = fields["tenant"];
    this.#byTenant.set(tenant, [...(this.#byTenant.get(tenant) ?? []), this.#worldMs()]);
  }

  isBetween(tenant: string, fromMs: number, toMs: number): boolean {
    return this.#byTenant.get(tenant)?.some((atMs) => fromMs < atMs && atMs < toMs) ?? false;
  }
}
