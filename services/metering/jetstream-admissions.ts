// Counts of admissions on their way to the ledger, over the stream of usage. What a stream that is no more had is told anew.

import { jetstream } from "@nats-io/jetstream";
import type { NoteRecord } from "#shared/actor/host.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { usageStoredSubject, usageSubjects } from "#shared/bus/nats-permissions.ts";
import type { AdmissionBook } from "./admission-book.ts";
import { packAdmissions } from "./admission-message.ts";
import type { TellingAdmissions } from "./tell-admissions.ts";
import { startTellingAdmissions } from "./tell-admissions.ts";
import { unpackStored } from "./usage-message.ts";

export interface StreamedAdmissionsPorts {
  readonly link: NatsLink;
  readonly book: () => AdmissionBook | undefined;
  readonly onNote: (record: NoteRecord) => void;
}

const timeoutMs = 2_000;

export function tellAdmissionsByStream({
  link,
  book,
  onNote,
}: StreamedAdmissionsPorts): TellingAdmissions {
  const { connection, process } = link;
  const client = jetstream(connection, { timeout: timeoutMs });
  const subject = `${usageSubjects}.${process.replaceAll(/[^\w-]/g, "_")}`;
  const telling = startTellingAdmissions({
    process,
    book,
    onNote,
    tell: async (rows) => {
      await client.publish(subject, packAdmissions(rows), { timeout: timeoutMs });
    },
  });
  let created: string | undefined;
  const subscription = connection.subscribe(usageStoredSubject, {
    callback: (error, message) => {
      const stored = error === null ? unpackStored(message.data) : undefined;
      if (stored === undefined) return;
      if (created !== undefined && created !== stored.created) telling.tellAllAgain();
      created = stored.created;
    },
  });
  return {
    ...telling,
    close: async () => {
      if (!connection.isClosed()) subscription.unsubscribe();
      await telling.close();
    },
  };
}
