// What a tenant is told of an adapter that its trial has rejected: what was seen, and what to mend.

const mend =
  "Check that it was trained on this very base model and in the precision that you export, and upload it again.";

/** `code`: of the refusal that the trial's request got. */
export function failedBecause(code: string): string {
  switch (code) {
    case "adapter_unavailable":
      return `No worker could load it, so nothing of it was kept. ${mend}`;
    case "request_crashes_engine":
      return `Engines failed each time that they computed with it, so nothing of it was kept. Its weights may overflow. ${mend}`;
    case "deadline_passed":
      return `A worker ran it and no token came in time, so nothing of it was kept. ${mend}`;
    default:
      return `Every engine that was asked refused it, or came to no numbers (NaN) with it, so nothing of it was kept. ${mend}`;
  }
}

export const neverTried: string =
  "The upload was interrupted, and no worker could try it since: upload it again.";
