// What leaves by a connection, bounded: the client would keep everything that a server does not read, and what is
// said in an outage until it dials again. So bytes no server has confirmed are counted, and past a limit lost.

import type { NatsLink } from "./nats-connection.ts";

export interface NatsOutflow {
  /** Why nothing leaves now; nothing if it does. */
  blockage(): string | undefined;
  /** Only when nothing blocks. What one turn of the event loop says leaves in one write. */
  publish(subject: string, bytes: Uint8Array): void;
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
    blockage: () => {
      if (!isUp()) return "not connected";
      return unconfirmed > unconfirmedBytesMax ? "the server does not keep up" : undefined;
    },
    publish: (subject, bytes) => {
      connection.publish(subject, bytes);
      const size = bytes.length + subject.length + lineBytes;
      unconfirmed += size;
      unmarked += size;
      if (unmarked >= markBytes && !isMarking) void mark();
    },
  };
}
