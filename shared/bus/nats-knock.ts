// One server's door, tried once before the client library is let near it: it tells apart, in words, what the
// library can only call a timeout, and leaves no socket behind.

import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { Trust } from "#shared/config/trust.ts";
import type { DoorStage } from "./nats-fault.ts";
import { faultAtDoor } from "./nats-fault.ts";
import { isServerOfFleet } from "./nats-server-identity.ts";

/** What of a server's greeting matters here. */
interface ServerInfo {
  readonly version?: string;
  readonly max_payload?: number;
  readonly tls_required?: boolean;
  readonly tls_available?: boolean;
}

/** Why a server cannot be used; nothing if it can. */
export async function knock(
  server: string,
  trust: Trust | undefined,
  timeoutMs: number,
): Promise<string | undefined> {
  const door = openDoor(server);
  const timer = setTimeout(() => door.fail("silent"), timeoutMs);
  try {
    const info = JSON.parse(await door.line(/^INFO (\{.*\})\s*$/)) as ServerInfo;
    const unfit = faultOfServer(info, trust);
    if (unfit !== undefined) return unfit;
    if (trust !== undefined) await door.secure(trust);
    door.write(
      `CONNECT {"verbose":false,"pedantic":false,"lang":"fairlead","version":"1"}\r\nPING\r\n`,
    );
    await door.line(/^(PONG)\s*$/);
    return undefined;
  } catch (error) {
    return faultAtDoor(error, door.stage());
  } finally {
    clearTimeout(timer);
    door.close();
  }
}

const payloadBytesMin = 1_000_000;

function faultOfServer(info: ServerInfo, trust: Trust | undefined): string | undefined {
  const { version = "unknown", max_payload = 0 } = info;
  if (!isRecent(version)) return `runs NATS ${version}; 2.9 or newer is needed`;
  if (max_payload < payloadBytesMin) {
    return `takes messages of ${max_payload} bytes at most; set its max_payload to ${payloadBytesMin} or more`;
  }
  const offersTls = info.tls_required === true || info.tls_available === true;
  if (trust !== undefined && !offersTls)
    return "offers no TLS: its configuration needs a tls block";
  if (trust === undefined && info.tls_required === true) {
    return "asks for TLS: set FAIRLEAD_TLS_CA_FILE, FAIRLEAD_TLS_CERT_FILE and FAIRLEAD_TLS_KEY_FILE";
  }
  return undefined;
}

function isRecent(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 9);
}

interface Door {
  /** The first group of the first whole line; throws if the line is another one. */
  line(expected: RegExp): Promise<string>;
  secure(trust: Trust): Promise<void>;
  write(text: string): void;
  fail(why: string): void;
  stage(): DoorStage;
  close(): void;
}

const lineCharactersMax = 65_536;

function openDoor(server: string): Door {
  const colon = server.lastIndexOf(":");
  const host = server.slice(0, colon);
  let stage: DoorStage = "dialling";
  let text = "";
  let onChange: () => void = () => undefined;
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    onChange();
  };
  const listen = (on: Socket): void => {
    on.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      onChange();
    });
    on.on("error", fail);
    on.on("close", () => fail(new Error("closed")));
  };
  let socket: Socket | TLSSocket = connectTcp({ host, port: Number(server.slice(colon + 1)) });
  socket.on("connect", () => (stage = "greeting"));
  listen(socket);
  const until = (isDone: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      onChange = () => {
        if (isDone()) resolve();
        else if (failure !== undefined) reject(failure);
        else if (text.length > lineCharactersMax) reject(new Error("no NATS"));
      };
      onChange();
    });
  return {
    line: async (expected) => {
      await until(() => text.includes("\n"));
      const end = text.indexOf("\n");
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      const found = expected.exec(line)?.[1];
      if (found === undefined) throw new Error(line.startsWith("-ERR") ? line.trim() : "no NATS");
      return found;
    },
    secure: async (trust) => {
      if (text.startsWith("-ERR")) throw new Error(text.trim());
      text = "";
      stage = "securing";
      socket.removeAllListeners();
      let isSecure = false;
      const { ca, cert, key } = trust;
      socket = connectTls({ socket, ca, cert, key, checkServerIdentity: isServerOfFleet }, () => {
        isSecure = true;
        stage = "presenting";
        onChange();
      });
      listen(socket);
      await until(() => isSecure);
    },
    write: (line) => void socket.write(line),
    fail: (why) => fail(new Error(why)),
    stage: () => stage,
    close: () => {
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.destroy();
    },
  };
}
