// What an emitter is started with, and what it says.

export interface EmitterSettings {
  readonly emitter: number;
  readonly emitters: number;
  readonly life: number;
  /** Of its outbox. */
  readonly folder: string;
  readonly hasOutbox: boolean;
  readonly logFile: string;
  readonly natsServers: readonly string[];
  readonly perSecond: number;
  readonly sampleEvery: number;
}

export type FromEmitter =
  | { readonly kind: "ready" }
  | {
      readonly kind: "sample";
      readonly requestId: string;
      readonly tenant: string;
      /** Of the epoch: when it was handed in. */
      readonly atMs: number;
    }
  | {
      readonly kind: "standing";
      readonly pending: number;
      readonly handedIn: number;
      /** For how long its outbox let nothing be admitted. */
      readonly refusedMs: number;
      readonly notes: Readonly<Record<string, number>>;
    };
