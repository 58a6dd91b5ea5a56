// What goes wrong between this process and Postgres, in words that say what to do. Two classes matter to callers:
// a statement that was never sent may be asked again; one whose answer was lost may have been carried out.

import { SqlError } from "./sql.ts";

/** SQLSTATEs of our own making, from Postgres' class 08 (connection exceptions). */
export const neverSent = "08001";
export const outcomeUnknown = "08007";
/** Class 53: insufficient resources, on this side. */
export const tooManyWaiting = "53400";

export interface PostgresPlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

interface Fault {
  readonly message: string;
  readonly code: string | undefined;
}

const faultOf = (error: unknown): Fault => {
  const { code, errors } = error as { code?: unknown; errors?: readonly unknown[] };
  const message = error instanceof Error ? error.message : String(error);
  return {
    // Node tries each address of a name: the reasons are in `errors`.
    message: message === "" && errors?.[0] !== undefined ? faultOf(errors[0]).message : message,
    code: typeof code === "string" ? code : undefined,
  };
};

const isSqlState = (code: string | undefined): boolean =>
  code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code);

/** A server that is starting, stopping or full: another moment may do. */
const passing = new Set(["57P01", "57P02", "57P03", "53300"]);

/** Why there is no connection. Nothing was sent on it. */
export function connectFault(error: unknown, place: PostgresPlace): SqlError {
  const { message, code } = faultOf(error);
  const at = `${place.host}:${place.port}`;
  if (isSqlState(code)) return new SqlError(refusal(message, code ?? "", place), code);
  if (code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EHOSTUNREACH") {
    return new SqlError(
      `nothing answers at postgres ${at} (${code}): is the server running? set FAIRLEAD_POSTGRES`,
      neverSent,
    );
  }
  if (/timeout/i.test(message)) {
    return new SqlError(
      `postgres ${at} does not answer in time: the port is open, but is that a Postgres server, and is it well? see FAIRLEAD_POSTGRES`,
      neverSent,
    );
  }
  if (/does not support SSL/.test(message)) {
    return new SqlError(
      `postgres ${at} does not speak TLS: switch ssl on there (the fleet's certificates need it)`,
      neverSent,
    );
  }
  if (/SASL|password/i.test(message)) {
    return new SqlError(
      `postgres ${at} asks for a password, which no process of the fleet has: its pg_hba.conf must say "hostssl … cert"`,
      "28P01",
    );
  }
  if (/certificate|tls|ssl|altname|alert|EPROTO/i.test(`${message} ${code ?? ""}`)) {
    return new SqlError(
      `postgres ${at}: no trust over TLS (${message}): both certificates must be of this fleet's authority, the server's made for "postgres"; see FAIRLEAD_TLS_CA_FILE`,
      neverSent,
    );
  }
  return new SqlError(
    `no connection to postgres ${at} (${message}): is it a Postgres server? see FAIRLEAD_POSTGRES`,
    neverSent,
  );
}

function refusal(message: string, code: string, { host, port, database, user }: PostgresPlace) {
  const at = `postgres ${host}:${port}`;
  switch (code) {
    case "3D000":
      return `${at} has no database "${database}": create it (owner: registry), or set FAIRLEAD_POSTGRES`;
    case "28000":
    case "28P01":
      return `${at} refuses the role "${user}" (${message}): create it there, and let pg_hba.conf map this certificate to it`;
    case "42501":
      return `${at}: the role "${user}" may not connect to "${database}": grant it connect`;
    default:
      return `${at} refuses a connection: ${message}`;
  }
}

/** Whether another try at a connection, a moment later, may end otherwise. */
export const isPassing = ({ code }: SqlError): boolean =>
  code === neverSent || passing.has(code ?? "");

/** Why a statement that was sent has no rows. */
export function statementFault(error: unknown): SqlError {
  if (error instanceof SqlError) return error;
  const { message, code } = faultOf(error);
  if (isSqlState(code)) return new SqlError(message, code);
  return new SqlError(
    `the connection was lost before the answer (${message}): the statement may have been carried out`,
    outcomeUnknown,
  );
}
