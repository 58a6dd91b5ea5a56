// The fleet's admin API, asked as an operator would.

const answerWithinMs = 5_000;

/** `admin`: `host:port`. Rejects when it does not answer, or not with 2xx. */
export async function askAdmin<Answer>(
  admin: string,
  path: string,
  method: "GET" | "POST" = "GET",
): Promise<Answer> {
  const signal = AbortSignal.timeout(answerWithinMs);
  const answer = await fetch(`http://${admin}${path}`, {
    method,
    signal,
    ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: "{}" }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}
