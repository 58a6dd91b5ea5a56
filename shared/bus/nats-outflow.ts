// What leaves by a connection, bounded: the client would keep everything that a server does not read, and what is
// said in an outage until it dials again. So bytes no server has confirmed are counted, and past a limit lost.

import type { NatsLink } from "./nats-connection.ts";

export interface NatsOutflow {
  /** Why it is lost; nothing if it is on its way. What one turn of the event loop says leaves in one write. */
  publish(subject: string, bytes: Uint8Array): string | undefined;
}

const unconfirmedBytesMax = 16 * 1024 * 1024;
/** A ping after so many bytes: its answer confirms all before it. */
const markBytes = 256 * 1024;
const lineBytes = 16;

export function createNatsOutflow({
  connection,
  isUp,
}: Pick<NatsLink, "connection" | "isUp">): NatsOutflow {
  let unconfirmed = 0;
  let unmarked = 0;
  let isMarking = false;
  const mark = async (): Promise<void> => {
    const marked = unmarked;
    unmarked = 0;
    isMarking = true;
    try {
      await connection.flush();
      unconfirmed -= marked;
    } catch {
      // Disconnected: the client has thrown away what it kept.
      unconfirmed = 0;
      unmarked = 0;
    }
    isMarking = false;
  };
  return {
    publish: (subject, bytes) => {
      if (!isUp()) return "not connected";
      const size = bytes.length + subject.length + lineBytes;
      if (unconfirmed + size > unconfirmedBytesMax) return "the server does not keep up";
      connection.publish(subject, bytes);
      unconfirmed += size;
      unmarked += size;
      if (unmarked >= markBytes && !isMarking) void mark();
      return undefined;
    },
  };
}
