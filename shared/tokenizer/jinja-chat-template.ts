// A model's chat template, in Jinja as its authors write it.

import { Template } from "@huggingface/jinja";
import type { ChatLine } from "#shared/model/tokenizer.ts";
import { Unusable } from "./unusable.ts";

export interface TemplateWords {
  readonly source: string;
  /** Text of the tokens that begin and end a text; templates may write them. */
  readonly bosToken: string;
  readonly eosToken: string;
}

/** Throws `Unusable` if it is no template, or does not write what a user says. */
export function jinjaChat({
  source,
  bosToken,
  eosToken,
}: TemplateWords): (messages: readonly ChatLine[]) => string {
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    throw new Unusable(`its chat template cannot be read: ${String(error)}`);
  }
  const render = (messages: readonly ChatLine[]): string =>
    template.render({
      messages: messages.map(({ role, text }) => ({ role, content: text })),
      add_generation_prompt: true,
      bos_token: bosToken,
      eos_token: eosToken,
    });
  checkOnce(render);
  return render;
}

function checkOnce(render: (messages: readonly ChatLine[]) => string): void {
  // No template has it, and it has no case.
  const word = "4711";
  let text: string;
  try {
    text = render([{ role: "user", text: word }]);
  } catch (error) {
    throw new Unusable(`its chat template does not take a user's message: ${String(error)}`);
  }
  if (!text.includes(word)) throw new Unusable("its chat template leaves out what a user says");
}
