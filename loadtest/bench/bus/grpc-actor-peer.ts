// Both ends of actor messages over a gRPC stream, for this benchmark only: the same envelope, as opaque bytes on one
// bidirectional stream under the fleet's TLS, a gRPC message each. What the fleet would do without a broker.

import type { ClientDuplexStream, ServerDuplexStream, ServiceDefinition } from "@grpc/grpc-js";
import { Client, credentials, Metadata, Server, ServerCredentials } from "@grpc/grpc-js";
import type { Address } from "#shared/actor/actor.ts";
import { packEnvelope, unpackEnvelope } from "#shared/bus/msgpackr-envelope.ts";
import { readTrust } from "#shared/config/trust.ts";
import { hearing, sayOffer } from "./actor-words.ts";
import type { Peer, PeerOptions } from "./peer.ts";

const path = "/fairlead.bench.Actors/Exchange";
const asBytes = (bytes: Buffer): Buffer => bytes;

const service: ServiceDefinition = {
  Exchange: {
    path,
    requestStream: true,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  },
};

type Call = ClientDuplexStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

export async function openGrpcListener(options: PeerOptions): Promise<Peer> {
  const { ca, cert, key } = pemsOf(options);
  const server = new Server();
  server.addService(service, {
    Exchange: (call: ServerDuplexStream<Buffer, Buffer>) => join(call, options),
  });
  const pairs = [{ private_key: key, cert_chain: cert }];
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createSsl(ca, pairs, true), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port };
}

export function openGrpcSpeaker(options: PeerOptions): Promise<Peer> {
  const { ca, cert, key } = pemsOf(options);
  const client = new Client(options.address, credentials.createSsl(ca, key, cert), {
    // The address is none that TLS may name.
    "grpc.ssl_target_name_override": "localhost",
  });
  const call = client.makeBidiStreamRequest(path, asBytes, asBytes, new Metadata());
  const carry = join(call, options);
  return Promise.resolve({ speech: ({ kind }) => sayOffer(carry, kind === "ask") });
}

/** Returns how to say something to the other end. */
function join(call: Call, { latencies }: PeerOptions) {
  const carry = (from: Address, to: Address, message: unknown): void =>
    void call.write(Buffer.from(packEnvelope({ from, to, message })));
  const deliver = hearing(latencies, carry);
  call.on("error", (error: Error) => {
    throw error;
  });
  call.on("data", (bytes: Buffer) => {
    const unpacked = unpackEnvelope(bytes);
    if (unpacked.kind === "malformed") throw new Error(unpacked.reason);
    deliver(unpacked.from, unpacked.to, unpacked.message);
  });
  return carry;
}

function pemsOf({ trust }: PeerOptions): Record<"ca" | "cert" | "key", Buffer> {
  const { ca, cert, key } = readTrust(trust);
  return { ca: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key) };
}
