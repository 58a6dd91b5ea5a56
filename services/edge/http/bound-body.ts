// How long a body may take. The server's own bound is that of the longest, an adapter's file; every other body is bounded here,
// with the same answer as the server's.

import type { Exchange } from "./http-exchange.ts";
import { answerBadBytes } from "./http-bad-bytes.ts";

export function boundBody(exchange: Exchange): void {
  const { edge, incoming } = exchange;
  const { headers, socket } = incoming;
  const hasBody =
    headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
  if (!hasBody) return;
  const timer = setTimeout(() => {
    if (exchange.isUpload || incoming.complete) return;
    const error = Object.assign(new Error("the body is late"), {
      code: "ERR_HTTP_REQUEST_TIMEOUT",
    });
    answerBadBytes(edge, { error, socket, exchange });
  }, edge.config.requestTimeoutMs);
  // A body that is left unread never closes: its time keeps no process that has nothing else to do.
  timer.unref();
  incoming.once("close", () => clearTimeout(timer));
}
