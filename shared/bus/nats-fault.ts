// What went wrong at a NATS server's door, in words that say what to do.

/** How far a first try at a server had come. */
export type DoorStage = "dialling" | "greeting" | "securing" | "presenting";

export function faultAtDoor(error: unknown, stage: DoorStage): string {
  const { message, code = "" } = error as { readonly message: string; readonly code?: string };
  if (message === "silent") return silences[stage];
  if (message === "no NATS") return "answers, but not as a NATS server: is it another one's port?";
  if (/authorization violation/i.test(message)) {
    return "refuses this role (authorization violation): is the certificate's role one of the server's users?";
  }
  if (message.startsWith("-ERR")) return `refuses the connection: ${message.slice(4).trim()}`;
  switch (stage) {
    case "dialling":
      return code === "ENOTFOUND" || code === "EAI_AGAIN"
        ? "has a name nobody resolves"
        : "nothing answers: is the server running?";
    case "greeting":
      return "hangs up before its greeting: is it a NATS server with room for another client?";
    case "securing":
      return `TLS fails (${reasonOf(message, code)}): is the server's certificate from the authority in FAIRLEAD_TLS_CA_FILE?`;
    case "presenting":
      return `turns this certificate away (${reasonOf(message, code)}): is it from the authority that the server believes?`;
    default:
      return stage satisfies never;
  }
}

const silences: Readonly<Record<DoorStage, string>> = {
  dialling: "nothing answers: is the server running, and reachable from here?",
  greeting: "accepts connections and then says nothing: it hangs, or is no NATS server",
  securing: "hangs in the TLS handshake",
  presenting: "hangs after the TLS handshake",
};

/** OpenSSL's texts carry memory addresses and file names of its own. */
const reasonOf = (message: string, code: string): string =>
  message === "closed" ? "it hangs up" : code === "" ? message : code;
