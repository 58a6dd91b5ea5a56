// The engines that the suites run on, each in every suite the same for all policies.

/** VTC's: Llama-2-7B on an A10G with room for 10,000 tokens. */
export const a10gProfileName = "llama2_7b/tp1/float16/a10g";
