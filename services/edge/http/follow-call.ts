// A call and the socket that waits for it: when the client is gone, or takes bytes again, the call hears of it.

import type { Refusal } from "#shared/model/refusal.ts";
import type { Call } from "#services/edge/client-calls.ts";
import type { Exchange } from "./http-exchange.ts";
import { refuse } from "./http-exchange.ts";

export function follow(exchange: Exchange, call: Call | Refusal): void {
  if ("code" in call) return refuse(exchange, call);
  if (!call.isOver) watchSocket(exchange, call);
}

/** The socket's own close, not the response's: a pipelined response that has no socket yet never closes. */
function watchSocket({ edge, incoming: { socket }, response }: Exchange, call: Call): void {
  const onClose = (): void => edge.calls.gone(call);
  if (socket.destroyed) return onClose();
  response.on("drain", () => edge.calls.ready(call));
  response.once("finish", () => socket.off("close", onClose));
  // Pipelined calls share a socket: as many listeners are no leak, and a warning per connection would fill the log.
  socket.setMaxListeners(0);
  socket.once("close", onClose);
}
