// What one event of a completion's stream says, in OpenAI's dialect.

export interface SseEvent {
  /** Where to read on behind it; empty: it has none. */
  readonly id: string;
  readonly text: string;
  readonly hasFinish: boolean;
  readonly isDone: boolean;
  /** Empty: no error. */
  readonly errorCode: string;
}

interface Chunk {
  readonly error?: { readonly code?: string; readonly type?: string };
  readonly choices?: readonly { readonly text?: string; readonly finish_reason?: string | null }[];
}

/** Absent: it has no data, a comment for example. Throws on data that is no JSON: then the stream is no stream. */
export function readEvent(event: string): SseEvent | undefined {
  const at = event.indexOf("data: ");
  if (at < 0) return undefined;
  const id = /^id: (\d+)$/m.exec(event.slice(0, at))?.[1] ?? "";
  const data = event.slice(at + "data: ".length);
  if (data === "[DONE]") return { id, text: "", hasFinish: false, isDone: true, errorCode: "" };
  const { error, choices = [] } = JSON.parse(data) as Chunk;
  const [choice] = choices;
  return {
    id,
    text: choice?.text ?? "",
    hasFinish: (choice?.finish_reason ?? null) !== null,
    isDone: false,
    errorCode: error === undefined ? "" : codeOf(error),
  };
}

const codeOf = ({ code, type }: NonNullable<Chunk["error"]>): string => code ?? type ?? "unknown";
