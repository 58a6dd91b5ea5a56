// One end of the bridge between a zone's network and the rest: listens there on every port of the other side, and carries
// each connection through a socket file to the other end. Told `cut`, it carries nothing any more, in either direction, and
// tells nobody of what ended: the network is a black hole. Told `heal`, it goes on where it stood.

import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

interface BridgePlan {
  /** Where the socket files are. */
  readonly folder: string;
  /** Ports of the other side, to be listened on here. */
  readonly listen: readonly number[];
  /** Ports of this side, dialled for the other. */
  readonly serve: readonly number[];
  /** Never cut: clients live on the side of their edge. */
  readonly keep: readonly number[];
}

const host = "127.0.0.1";
const plan = JSON.parse(process.argv[2] ?? "{}") as BridgePlan;
const kept = new Set(plan.keep);
const relays = new Set<Relay>();
let isCut = false;

class Relay {
  readonly #ends: readonly [Socket, Socket];
  readonly #isKept: boolean;
  #isOver = false;

  constructor(ends: readonly [Socket, Socket], isKept: boolean) {
    this.#ends = ends;
    this.#isKept = isKept;
    const [one, other] = ends;
    this.#carry(one, other);
    this.#carry(other, one);
    this.turn();
  }

  /** After each cut and heal. */
  turn(): void {
    const isStill = isCut && !this.#isKept;
    if (this.#isOver && !isStill) return this.#end();
    for (const end of this.#ends) {
      if (isStill) end.pause();
      else end.resume();
    }
  }

  #carry(from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on("data", (bytes) => {
      if (!to.write(bytes)) from.pause();
    });
    to.on("drain", () => this.turn());
    from.on("end", () => this.#close());
    from.on("error", () => this.#close());
    from.on("close", () => this.#close());
  }

  /** The other end hears of it only through a whole network. */
  #close(): void {
    this.#isOver = true;
    this.turn();
  }

  #end(): void {
    relays.delete(this);
    for (const end of this.#ends) end.destroySoon();
  }
}

const relay = (ends: readonly [Socket, Socket], port: number): void => {
  relays.add(new Relay(ends, kept.has(port)));
};

const fileOf = (port: number): string => `${plan.folder}/${port}`;

const openings = [
  ...plan.listen.map((port) => {
    const server = createServer((socket) => {
      relay([socket, connect(fileOf(port))], port);
    });
    return new Promise<void>((resolve) => server.listen({ port, host }, resolve));
  }),
  ...plan.serve.map((port) => {
    const server = createServer((socket) => {
      relay([socket, connect({ port, host })], port);
    });
    return new Promise<void>((resolve) => server.listen(fileOf(port), resolve));
  }),
];
await Promise.all(openings);
console.log("open");

createInterface({ input: process.stdin })
  .on("line", (word) => {
    isCut = word === "cut";
    for (const relay of relays) relay.turn();
    console.log(word);
  })
  .on("close", () => process.exit(0));
