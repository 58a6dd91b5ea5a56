import assert from "node:assert/strict";
import { test } from "node:test";
import { chatTemplate } from "./chat-template.ts";

test("each message stands under its role, and the answer is asked for at the end", () => {
  const messages = [
    { role: "system", text: "Be brief." },
    { role: "user", text: "Grüße\n" },
  ];
  assert.equal(chatTemplate(messages), "<|system|>\nBe brief.\n<|user|>\nGrüße\n\n<|assistant|>\n");
  assert.equal(chatTemplate([]), "<|assistant|>\n");
});
