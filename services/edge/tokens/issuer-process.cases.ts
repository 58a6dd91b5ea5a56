// For tests, as a process of its own: an issuer that publishes its keys over HTTP and signs what it is told to. It does as it is
// told by its parent, also badly.

import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { CryptoKey, JWK } from "jose";
import { SignJWT, exportJWK, generateKeyPair } from "jose";

export type IssuerOrder =
  | { readonly kind: "begin" }
  /** Publishes a new key from now on; the old ones too, or not. */
  | {
      readonly kind: "rotate";
      readonly kid: string;
      readonly alg: string;
      readonly keepsOld: boolean;
    }
  | {
      readonly kind: "sign";
      readonly claims: Record<string, unknown>;
      readonly header: IssuerHeader;
    }
  | { readonly kind: "serve"; readonly how: IssuerMood }
  | { readonly kind: "asked" };

export interface IssuerHeader {
  /** Of the key that signs. */
  readonly with: string;
  /** What the header says; absent: the truth, or nothing. */
  readonly kid?: string;
  readonly withoutKid?: boolean;
}

export type IssuerMood =
  | "well"
  | "html"
  | "huge"
  | "empty"
  | "broken"
  | "moved"
  | "silent"
  | "slow";

interface Signer {
  readonly alg: string;
  readonly key: CryptoKey;
}

const slowMs = 300;
const signers = new Map<string, Signer>();
let published: readonly JWK[] = [];
let mood: IssuerMood = "well";
let asked = 0;

const server = createServer((incoming, response) => {
  asked += 1;
  answer(incoming, response);
});

function answer(_incoming: IncomingMessage, response: ServerResponse): void {
  const keys = (): void => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ keys: published }));
  };
  const answers: Readonly<Record<IssuerMood, () => void>> = {
    well: keys,
    slow: () => setTimeout(keys, slowMs),
    silent: () => {},
    html: () => response.end("<html><body>Sign in to the network</body></html>"),
    huge: () => response.end(JSON.stringify({ keys: published, padding: "x".repeat(1_000_000) })),
    empty: () => response.end(JSON.stringify({ keys: [] })),
    broken: () => response.writeHead(500).end("no"),
    moved: () => response.writeHead(302, { location: "/elsewhere" }).end(),
  };
  answers[mood]();
}

async function obey(order: IssuerOrder): Promise<unknown> {
  switch (order.kind) {
    case "begin":
      return new Promise((resolve) => {
        server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
      });
    case "rotate": {
      const { kid, alg } = order;
      const pair = await generateKeyPair(alg, { extractable: true });
      signers.set(kid, { alg, key: pair.privateKey });
      const jwk = { ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" };
      published = [...(order.keepsOld ? published : []), jwk];
      return undefined;
    }
    case "sign":
      return sign(order.claims, order.header);
    case "serve":
      mood = order.how;
      return undefined;
    case "asked":
      return asked;
    default:
      return order satisfies never;
  }
}

function sign(claims: Record<string, unknown>, header: IssuerHeader): Promise<string> {
  const signer = signers.get(header.with);
  if (signer === undefined) throw new Error(`there is no key ${header.with}`);
  const { kid = header.with } = header;
  const named = header.withoutKid === true ? {} : { kid };
  return new SignJWT(claims).setProtectedHeader({ alg: signer.alg, ...named }).sign(signer.key);
}

process.on("message", ({ id, order }: { readonly id: number; readonly order: IssuerOrder }) => {
  void obey(order).then((told) => process.send?.({ id, told }));
});
process.on("disconnect", () => process.exit(0));
