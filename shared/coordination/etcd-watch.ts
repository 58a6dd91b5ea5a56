// A prefix watched for as long as anybody wants it: listed, followed from the next revision on, and listed again
// after whatever happens to the stream. A stream that falls silent is noticed by its own questions, one that
// silently leaves changes out by a fresh list now and then.

import type { IDuplexStream, IWatchRequest, IWatchResponse } from "etcd3";
import type { KeyList } from "./coordination.ts";
import { readAnywhere } from "./etcd-calls.ts";
import type { EtcdConnection } from "./etcd-connection.ts";
import type { EtcdEndpoints } from "./etcd-endpoints.ts";
import { reasonOf } from "./etcd-faults.ts";
import { EtcdKeyList } from "./etcd-key-list.ts";
import type { FreshList } from "./etcd-key-list.ts";
import { prefixRange } from "./etcd-transactions.ts";

/** A burst of changes is told as one list. */
const coalesceMs = 10;
/** So many questions without any word: the connection hangs. */
const unansweredMax = 2;

export interface WatchPace {
  readonly heartbeatEveryMs: number;
  readonly compareEveryMs: number;
  /** What a list shows, the stream may tell a moment later. */
  readonly compareGraceMs: number;
  /** Doubled at each failure. */
  readonly relistAfterMs: number;
  readonly relistAfterMaxMs: number;
}

const watchPaceDefault: WatchPace = {
  heartbeatEveryMs: 1_000,
  compareEveryMs: 5_000,
  compareGraceMs: 500,
  relistAfterMs: 100,
  relistAfterMaxMs: 1_000,
};

type WatchStream = IDuplexStream<IWatchRequest, IWatchResponse>;

export interface EtcdWatchOptions {
  readonly endpoints: EtcdEndpoints;
  readonly prefix: string;
  readonly onKeys: (list: KeyList) => void;
  readonly pace?: WatchPace;
  readonly note: (event: string, fields: Readonly<Record<string, string | number>>) => void;
}

/** One stream's life. Whatever a stream says after its end is not heard. */
interface Following {
  readonly connection: EtcdConnection;
  readonly stream: WatchStream;
  unanswered: number;
  comparedAtMs: number;
  heartbeat: NodeJS.Timeout;
}

export class EtcdWatch {
  readonly #options: EtcdWatchOptions;
  readonly #pace: WatchPace;
  readonly #keys = new EtcdKeyList();
  #following: Following | undefined;
  #pause: NodeJS.Timeout | undefined;
  #telling: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #failures = 0;
  #isStopped = false;

  constructor(options: EtcdWatchOptions) {
    this.#options = options;
    this.#pace = options.pace ?? watchPaceDefault;
    void this.#begin();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unfollow();
    clearTimeout(this.#pause);
    clearTimeout(this.#telling);
  }

  async #begin(): Promise<void> {
    try {
      const fresh = await this.#list();
      if (this.#isStopped) return;
      if (fresh.revision < this.#keys.revision) throw new Error("etcd's revision went back");
      this.#keys.replace(fresh);
      this.#tellSoon();
      await this.#follow(fresh.revision + 1);
    } catch (error) {
      this.#again(reasonOf(error));
    }
  }

  async #list(): Promise<FreshList> {
    const { endpoints, prefix } = this.#options;
    const { header, kvs } = await readAnywhere(endpoints, (connection, options) =>
      connection.kv.range(prefixRange(prefix), options),
    );
    return { revision: Number(header.revision), entries: kvs };
  }

  async #follow(revision: number): Promise<void> {
    const { endpoints, prefix } = this.#options;
    const connection = endpoints.current();
    const stream = await connection.watchClient.watch();
    const following: Following = {
      connection,
      stream,
      unanswered: 0,
      comparedAtMs: performance.now(),
      heartbeat: setInterval(() => this.#beat(following), this.#pace.heartbeatEveryMs),
    };
    const ifStill = (act: () => void): void => {
      if (this.#following === following) act();
    };
    // Heard to the very end: an error that nobody hears ends the process.
    stream.on("error", (error) => ifStill(() => this.#again(reasonOf(error))));
    stream.on("end", () => ifStill(() => this.#again("etcd ended the stream")));
    stream.on("data", (response) => ifStill(() => this.#hear(following, response)));
    this.#following = following;
    if (this.#isStopped) {
      this.#unfollow();
      return;
    }
    const created = { ...prefixRange(prefix), start_revision: String(revision) };
    stream.write({ create_request: created });
  }

  #hear(following: Following, { canceled, events, ...response }: IWatchResponse): void {
    following.unanswered = 0;
    if (canceled) {
      const { compact_revision: compacted, cancel_reason: reason } = response;
      this.#again(compacted === "0" ? `cancelled: ${reason}` : `compacted up to ${compacted}`);
      return;
    }
    this.#failures = 0;
    if (this.#keys.apply(events)) this.#tellSoon();
  }

  #beat(following: Following): void {
    if (following.unanswered >= unansweredMax) {
      this.#options.endpoints.leave(following.connection, "a watch fell silent");
      this.#again("silent");
      return;
    }
    following.unanswered++;
    following.stream.write({ progress_request: {} });
    if (performance.now() - following.comparedAtMs < this.#pace.compareEveryMs) return;
    following.comparedAtMs = performance.now();
    void this.#compare(following);
  }

  async #compare(following: Following): Promise<void> {
    try {
      this.#keys.beginComparison();
      const fresh = await this.#list();
      if (this.#following !== following) return;
      clearTimeout(this.#grace);
      this.#grace = setTimeout(() => {
        if (this.#following === following && this.#keys.lags(fresh)) {
          this.#again("changes were left out");
        }
      }, this.#pace.compareGraceMs);
    } catch (error) {
      if (this.#following === following) this.#again(reasonOf(error));
    }
  }

  /** List anew, and tell it whole: whoever watches cannot know what was missed. */
  #again(why: string): void {
    this.#unfollow();
    if (this.#isStopped) return;
    const { prefix, note } = this.#options;
    note("etcd.watch-interrupted", { prefix, why });
    const { relistAfterMs, relistAfterMaxMs } = this.#pace;
    const afterMs = Math.min(relistAfterMs * 2 ** this.#failures, relistAfterMaxMs);
    this.#failures = Math.min(this.#failures + 1, 10);
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#begin(), afterMs);
  }

  #unfollow(): void {
    const following = this.#following;
    this.#following = undefined;
    clearTimeout(this.#grace);
    if (following === undefined) return;
    clearInterval(following.heartbeat);
    // Ended first: the vendor takes a cancelled stream that can still be written for a failure of its host.
    following.stream.end();
    following.stream.cancel();
  }

  #tellSoon(): void {
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      if (!this.#isStopped) this.#options.onKeys(this.#keys.list());
    }, coalesceMs);
  }
}
