// The stage of a metering run: real NATS with a file store, a durable Postgres, emitters and metering processes; and what is
// done to each of them while usage flows.

import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startNatsServers } from "#deploy/local/servers/nats-servers.ts";
import type { NatsServers } from "#deploy/local/servers/nats-servers.ts";
import { startPostgresServer } from "#deploy/local/servers/postgres-server.ts";
import type { PostgresServer } from "#deploy/local/servers/postgres-server.ts";
import { migrate } from "#shared/ledger/schema/migrate.ts";
import { migrations } from "#shared/ledger/schema/migrations.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import type { Sql } from "#shared/ledger/sql/sql.ts";
import type { Child } from "./children.ts";
import { startChild } from "./children.ts";
import type { EmitterSettings, FromEmitter } from "./emitter.ts";
import type { EmitterLog } from "./handed-in.ts";
import { LagWatch } from "./lag-watch.ts";

export interface StageOptions {
  readonly folder: string;
  readonly servers: 1 | 3;
  readonly emitters: number;
  readonly meterings: number;
  readonly perSecond: number;
  readonly hasOutbox: boolean;
}

const sampleEvery = 250;
const restartAfterMs = 1_000;

export class Stage {
  readonly #options: StageOptions;
  readonly nats: NatsServers;
  readonly postgres: PostgresServer;
  readonly sql: Sql;
  readonly lags: LagWatch;
  readonly emitters: Child[] = [];
  readonly meterings: Child[] = [];
  readonly #lives: number[] = [];
  readonly #standings = new Map<number, Extract<FromEmitter, { kind: "standing" }>>();

  private constructor(
    options: StageOptions,
    servers: { readonly nats: NatsServers; readonly postgres: PostgresServer; readonly sql: Sql },
  ) {
    this.#options = options;
    this.nats = servers.nats;
    this.postgres = servers.postgres;
    this.sql = servers.sql;
    this.lags = new LagWatch(servers.sql);
  }

  static async open(options: StageOptions): Promise<Stage> {
    const { folder, servers: members } = options;
    const nats = await startNatsServers({ folder, members });
    const postgres = await startPostgresServer({ folder });
    const sql = await openPostgresSql({ ...postgres, user: "registry" });
    await migrate(sql, migrations);
    const stage = new Stage(options, { nats, postgres, sql });
    for (let at = 0; at < options.meterings; at++) await stage.startMetering(at);
    await Promise.all([...Array(options.emitters).keys()].map((at) => stage.startEmitter(at)));
    return stage;
  }

  async startMetering(at: number): Promise<void> {
    const { host, port, database } = this.postgres;
    this.meterings[at] = await startChild("metering-main", {
      name: `metering-${at}`,
      natsServers: this.nats.servers,
      postgres: { host, port, database },
    });
  }

  async startEmitter(emitter: number): Promise<void> {
    const { folder, emitters, perSecond, hasOutbox } = this.#options;
    const life = (this.#lives[emitter] ?? 0) + 1;
    this.#lives[emitter] = life;
    const settings: EmitterSettings = {
      emitter,
      emitters,
      life,
      folder: join(folder, `edge-${emitter}`, "outbox"),
      hasOutbox,
      logFile: this.logOf(emitter),
      natsServers: this.nats.servers,
      perSecond: perSecond / emitters,
      sampleEvery,
    };
    this.emitters[emitter] = await startChild("emitter-main", settings, (said) => {
      const told = said as FromEmitter;
      if (told.kind === "sample") this.lags.add(told);
      if (told.kind === "standing") this.#standings.set(emitter, told);
    });
  }

  logOf(emitter: number): string {
    return join(this.#options.folder, `edge-${emitter}.log`);
  }

  logs(): readonly EmitterLog[] {
    const { emitters } = this.#options;
    return [...Array(emitters).keys()].map((emitter) => ({
      emitter,
      emitters,
      file: this.logOf(emitter),
    }));
  }

  async killEmitter(at: number): Promise<void> {
    await this.emitters[at]?.kill();
    await sleep(restartAfterMs);
    await this.startEmitter(at);
  }

  async killMetering(at: number): Promise<void> {
    await this.meterings[at]?.kill();
    await sleep(restartAfterMs);
    await this.startMetering(at);
  }

  /** All of its servers at once; with `isWiped` their stores are gone too. */
  async killNats(isWiped: boolean): Promise<void> {
    for (const member of this.nats.members) member.signal("SIGKILL");
    await sleep(restartAfterMs / 2);
    await Promise.all(this.nats.members.map((member) => member.stop()));
    if (isWiped) {
      for (const { name } of this.nats.members) {
        rmSync(join(this.#options.folder, name, "data"), { recursive: true, force: true });
      }
    }
    await Promise.all(this.nats.members.map((member) => member.restart()));
  }

  /** By emitter, as each says now. */
  async standings(): Promise<readonly Extract<FromEmitter, { kind: "standing" }>[]> {
    this.#standings.clear();
    for (const { child } of this.emitters) child.send("how");
    const untilMs = performance.now() + 5_000;
    while (this.#standings.size < this.emitters.length && performance.now() < untilMs) {
      await sleep(10);
    }
    return [...this.#standings.values()];
  }

  endUsage(): void {
    for (const { child } of this.emitters) child.send("end");
  }

  async close(): Promise<void> {
    this.lags.stop();
    await Promise.all([...this.emitters, ...this.meterings].map((child) => child.kill()));
    await this.sql.close().catch(() => undefined);
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
  }
}
