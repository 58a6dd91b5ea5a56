// Both ends of token frames over NATS, for this benchmark only: the fleet's servers let no worker speak to sessions, so
// the frames go under a subject that a control process may use. A step is one message, whatever the sequences.

import { subjectOf, subjectsBelow } from "#shared/bus/subjects.ts";
import type { NatsLink } from "#shared/bus/nats-connection.ts";
import { connectNats } from "#shared/bus/nats-connection.ts";
import type { FleetRole } from "#shared/config/trust.ts";
import { readTrust } from "#shared/config/trust.ts";
import type { Address } from "#shared/actor/actor.ts";
import { sinceStampUs } from "./latencies.ts";
import { packStep, unpackStep } from "./msgpackr-step.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { sayNote } from "./say-note.ts";
import { edge, stepsOf, workerOf } from "./token-words.ts";

export async function openNatsTokenSpeaker(options: PeerOptions): Promise<Peer> {
  const { connection } = await connected(options, "control");
  return {
    speech: (utterance) => {
      const stepOf = stepsOf(utterance);
      return (serial) => {
        const { replica, step } = stepOf(serial);
        const to = `session/${edge}/${workerOf(replica)}` as Address;
        const subject = subjectOf("router", to);
        if (subject === undefined) throw new Error(`${to} is no subject`);
        const from = `router/${workerOf(replica)}` as Address;
        const frame = step.map(({ tokens }) => tokens);
        connection.publish(subject, packStep({ from, to, frame }));
      };
    },
  };
}

export async function openNatsTokenListener(options: PeerOptions): Promise<Peer> {
  const { connection } = await connected(options, "edge");
  const { latencies } = options;
  for (const subject of subjectsBelow(`session/${edge}`)) {
    connection.subscribe(subject, {
      callback: (error, { data }) => {
        if (error !== null) throw error;
        for (const { tokens } of unpackStep(data)) latencies.add(sinceStampUs(tokens[0] ?? 0));
      },
    });
  }
  await connection.flush();
  return {};
}

const connected = (
  { natsServer, trust, process }: PeerOptions,
  role: FleetRole,
): Promise<NatsLink> =>
  connectNats({
    servers: [natsServer],
    trust: readTrust(trust),
    role,
    process,
    onNote: sayNote,
  });
