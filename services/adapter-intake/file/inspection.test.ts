import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { MadeTensor } from "./adapter-files.cases.ts";
import {
  floats,
  gguf,
  ggufSaid,
  ggufTensors,
  headerOf,
  peftTensors,
  safetensors,
  tinyShape,
} from "./adapter-files.cases.ts";
import type { FlawCode } from "./flaw.ts";
import type { InspectionEnd, InspectionTerms } from "./inspection.ts";
import { Inspection } from "./inspection.ts";

const terms: InspectionTerms = { shape: tinyShape, rankMax: 64, bytesMax: 1_000_000, alpha: 16 };
const ggufTerms: InspectionTerms = { ...terms, alpha: undefined };

function inspect(
  file: Buffer,
  given: InspectionTerms = file.subarray(0, 4).toString() === "GGUF" ? ggufTerms : terms,
  chunk: number = 1 << 20,
): InspectionEnd {
  const inspection = new Inspection(given);
  for (let at = 0; at < file.length; at += chunk) {
    const flaw = inspection.add(file.subarray(at, at + chunk));
    if (flaw !== undefined) return { kind: "flawed", flaw };
  }
  return inspection.end();
}

function refuses(file: Buffer, code: FlawCode, at?: string | RegExp): void {
  for (const chunk of [1 << 20, 1, 7]) {
    const end = inspect(file, undefined, chunk);
    assert.equal(end.kind, "flawed", "it was accepted");
    assert.equal(end.flaw.code, code, end.flaw.message);
    if (at instanceof RegExp) assert.match(end.flaw.at ?? "", at);
    else if (at !== undefined) assert.equal(end.flaw.at, at);
    assert.match(end.flaw.message, /^[ -~×…|]+[.?]$/, "a sentence for the tenant");
  }
}

test("a safetensors adapter is what its header says, in whatever pieces it comes", () => {
  const file = safetensors();
  for (const chunk of [1, 2, 3, 8, 9, 61, file.length]) {
    assert.deepEqual(inspect(file, terms, chunk), {
      kind: "adapter",
      adapter: {
        format: "safetensors",
        bytes: file.length,
        rank: 2,
        alpha: 16,
        modules: ["down_proj", "q_proj"],
      },
    });
  }
});

test("a GGUF adapter, too", () => {
  const file = gguf();
  for (const chunk of [1, 5, 33, file.length]) {
    assert.deepEqual(inspect(file, ggufTerms, chunk), {
      kind: "adapter",
      adapter: { format: "gguf", bytes: file.length, rank: 2, alpha: 16, modules: ["v_proj"] },
    });
  }
});

test("metadata, another order and spaces behind the header are as good", () => {
  const tensors = peftTensors();
  const entries = Object.entries(headerOf(tensors)).toReversed();
  const json = JSON.stringify({ __metadata__: { format: "pt" }, ...Object.fromEntries(entries) });
  assert.equal(inspect(safetensors(tensors, `${json}      `)).kind, "adapter");
});

const halfs = (values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => bytes.writeUInt16LE(value, 2 * index));
  return bytes;
};

const withFirst = (first: Partial<MadeTensor>, made = peftTensors()): readonly MadeTensor[] =>
  made.map((tensor, index) => (index === 0 ? { ...tensor, ...first } : tensor));

test("halves are read as halves: largest, smallest, and none that is no number", () => {
  const f16 = (value: number) => withFirst({ dtype: "F16", bytes: halfs(Array(16).fill(value)) });
  const bf16 = (value: number) => withFirst({ dtype: "BF16", bytes: halfs(Array(16).fill(value)) });
  for (const fine of [0x0001, 0x3c00, 0xbc00, 0x8000, 0x5bff]) {
    assert.equal(inspect(safetensors(f16(fine))).kind, "adapter", fine.toString(16));
  }
  for (const fine of [0x0001, 0x3f80, 0xbf80, 0x4400]) {
    assert.equal(inspect(safetensors(bf16(fine))).kind, "adapter", fine.toString(16));
  }
  for (const none of [0x7c00, 0xfc00, 0x7e00, 0x7c01]) {
    refuses(safetensors(f16(none)), "not_finite", /q_proj\.lora_A/);
  }
  for (const none of [0x7f80, 0xff80, 0x7fc0]) refuses(safetensors(bf16(none)), "not_finite");
  // 65504 and 2^16: numbers, and no weights.
  refuses(safetensors(f16(0x7bff)), "norm_too_large");
  refuses(safetensors(bf16(0x4780)), "norm_too_large");
});

test("one NaN or infinity anywhere is found, and told where", () => {
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    for (const index of [0, 7, 15]) {
      const bytes = floats(16, (at) => (at === index ? value : 0.1));
      refuses(safetensors(withFirst({ bytes })), "not_finite", /layers\.0.*q_proj\.lora_A/);
      refuses(gguf({ tensors: withFirst({ bytes }, ggufTensors()) }), "not_finite");
    }
  }
});

test("weights that would drown the base model are refused by their norm", () => {
  const loud = peftTensors().map((tensor) => ({
    ...tensor,
    bytes: floats(tensor.rows * tensor.columns, () => 900),
  }));
  refuses(safetensors(loud), "norm_too_large", /lora_B/);
});

test("archives, pickles and others are refused by their first bytes, and never unpacked", () => {
  const starts = [
    "PK\u0003\u0004",
    "PK\u0005\u0006",
    "\u001f\u008b\u0008\u0000",
    "BZh9",
    "\u0080\u0002}q",
  ];
  for (const start of [...starts, "(\u00b5/\u00fd", "7z\u00bc\u00af'\u001c"]) {
    refuses(Buffer.concat([Buffer.from(start, "latin1"), Buffer.alloc(5_000, 1)]), "archive");
  }
  refuses(Buffer.from("<html><body>Not found</body></html>"), "unknown_format");
  const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
  for (const chunk of [1, 9, pointer.length]) {
    const end = inspect(Buffer.from(pointer), terms, chunk);
    assert.ok(end.kind === "flawed");
    assert.equal(end.flaw.code, "unknown_format");
    assert.match(end.flaw.message, /git-lfs pointer/);
  }
  refuses(Buffer.alloc(0), "empty");
});

test("a file that ends early is truncated, wherever it ends", () => {
  for (const file of [safetensors(), gguf()]) {
    for (let length = 1; length < file.length; length += 13) {
      refuses(file.subarray(0, length), "truncated");
    }
  }
  refuses(safetensors().subarray(0, -1), "truncated");
});

test("what follows the last tensor is no part of an adapter", () => {
  refuses(Buffer.concat([safetensors(), Buffer.from("x")]), "trailing_bytes");
  refuses(Buffer.concat([gguf(), Buffer.alloc(32)]), "trailing_bytes");
});

test("headers that lie about sizes cost nothing and are refused", () => {
  const claims = (length: bigint): Buffer => {
    const file = Buffer.concat([Buffer.alloc(8), Buffer.from("{".repeat(64))]);
    file.writeBigUInt64LE(length);
    return file;
  };
  refuses(claims(2n ** 64n - 1n), "unknown_format");
  refuses(claims(2n ** 31n), "unknown_format");
  refuses(claims(1_000_000n), "truncated");
  refuses(claims(0n), "bad_header");
  const count = (at: number, value: bigint): Buffer => {
    const file = gguf();
    file.writeBigUInt64LE(value, at);
    return file;
  };
  refuses(count(8, 2n ** 63n), "header_too_large");
  refuses(count(16, 2n ** 40n), "header_too_large");
  refuses(count(24, 2n ** 62n), "header_too_large");
});

const changed = (change: (entries: Record<string, Record<string, unknown>>) => void): Buffer => {
  const entries = headerOf(peftTensors()) as Record<string, Record<string, unknown>>;
  change(entries);
  return safetensors(peftTensors(), JSON.stringify(entries));
};
const q0 = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
const q0b = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

test("offsets that overlap, leave gaps, point outside or run backwards are refused by name", () => {
  const offsets = (begin: number, end: number): Buffer =>
    changed((entries) => {
      entries[q0] = { ...entries[q0], data_offsets: [begin, end] };
    });
  refuses(offsets(64, 128), "bad_offsets");
  refuses(offsets(1, 65), "bad_offsets");
  refuses(offsets(0, 63), "bad_offsets", q0);
  refuses(offsets(64, 0), "bad_offsets", q0);
  refuses(offsets(2 ** 40, 2 ** 40 + 64), "bad_offsets");
  refuses(gguf({ offset: (at, index) => (index === 1 ? 0 : at) }), "bad_offsets");
  refuses(gguf({ offset: (at, index) => at + (index > 0 ? 32 : 0) }), "bad_offsets");
  refuses(gguf({ offset: (at) => at + 1 }), "bad_offsets");
});

test("numbers that are negative, broken, huge or no numbers are refused", () => {
  const valid = JSON.stringify(headerOf(peftTensors()));
  for (const number of ["-2", "2.0", "2e0", "02", '"2"', "null", "1e999", "99999999999999999999"]) {
    const json = valid.replace('"shape":[2,8]', `"shape":[${number},8]`);
    const end = inspect(safetensors(peftTensors(), json));
    assert.equal(end.kind, "flawed", number);
    assert.ok(["bad_header", "bad_shape"].includes(end.flaw.code), `${number} ${end.flaw.code}`);
  }
  const shape = (sides: readonly number[]): Buffer =>
    changed((entries) => {
      entries[q0] = { ...entries[q0], shape: sides };
    });
  for (const sides of [[0, 8], [2, 0], [2 ** 30, 8], [16], [2, 4, 2], []]) {
    refuses(shape(sides), "bad_shape", q0);
  }
});

test("a header of another form is refused", () => {
  const valid = JSON.stringify(headerOf(peftTensors()));
  const of = (json: string): Buffer => safetensors(peftTensors(), json);
  refuses(of(valid.replace("{", `{"another":{},`)), "bad_header");
  const [, twice = ""] = /^\{(.*?\}),/.exec(valid) ?? [];
  refuses(of(valid.replace(/\}$/, `,${twice}}`)), "duplicate_name", q0);
  refuses(of(`${valid}{}`), "bad_header");
  refuses(of(valid.slice(0, -1)), "bad_header");
  refuses(of("[]"), "bad_header");
  refuses(of(`{"a":${"[".repeat(100_000)}`), "bad_header");
  refuses(of(`{"a":${'{"a":'.repeat(50_000)}1`), "bad_header");
  refuses(of(`{"a":[${"0,".repeat(60_000)}0]}`), "bad_header");
  refuses(of('{"a\u0001b":1}'), "bad_header");
  refuses(of('{"__metadata__":{"a":1}}'), "bad_header", "__metadata__");
  refuses(
    changed((entries) => (entries[q0] = { ...entries[q0], extra: 1 })),
    "bad_header",
    q0,
  );
  refuses(
    Buffer.concat([Buffer.from([4, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0x7b, 0xff, 0xfe, 0x7d])]),
    "bad_header",
  );
  refuses(gguf({ repeats: true }), "duplicate_name", "general.architecture");
  refuses(gguf({ said: { ...ggufSaid, "general.alignment": 12 } }), "bad_header");
});

test("other types of numbers are refused by name", () => {
  for (const dtype of ["I8", "F64", "F8_E4M3", "__proto__", ""]) {
    const file = changed((entries) => {
      entries[q0] = { ...entries[q0], dtype };
    });
    refuses(file, "unsupported_dtype", q0);
  }
});

const renamed = (name: string): Buffer => safetensors(withFirst({ name }));

test("names that are no LoRA tensors of the model are refused, and shown harmlessly", () => {
  for (const name of [
    "../../../etc/passwd",
    "base_model.model.lm_head.lora_A.weight",
    "base_model.model.model.layers.00.self_attn.q_proj.lora_A.weight",
    "base_model.model.model.layers.-1.self_attn.q_proj.lora_A.weight",
    "constructor",
    "x".repeat(5_000),
  ]) {
    refuses(renamed(name), "bad_name");
  }
  const end = inspect(renamed("\u001b[2J\u202egnp.exe"));
  assert.equal(end.kind === "flawed" && end.flaw.at, "?[2J?gnp.exe");
  refuses(renamed("base_model.model.model.layers.2.self_attn.q_proj.lora_A.weight"), "unpaired");
  refuses(renamed("base_model.model.model.layers.0.self_attn.k_proj.lora_A.weight"), "unpaired");
  refuses(
    gguf({ tensors: withFirst({ name: "blk.0.attn_norm.weight.lora_a" }, ggufTensors()) }),
    "bad_name",
  );
});

test("a file for another base model is told what does not fit", () => {
  const wide = peftTensors().map((tensor) =>
    tensor.columns === 8 ? { ...tensor, columns: 16, bytes: floats(32, () => 0) } : tensor,
  );
  refuses(safetensors(wide), "shape_mismatch", q0);
  const tall = peftTensors().map((tensor) =>
    tensor.name === q0b ? { ...tensor, rows: 4, bytes: floats(8, () => 0) } : tensor,
  );
  refuses(safetensors(tall), "shape_mismatch", q0b);
  const high = peftTensors().map((tensor) => ({
    ...tensor,
    name: tensor.name.replace("layers.1", "layers.31"),
  }));
  refuses(safetensors(high), "layer_out_of_range", /layers\.31/);
  refuses(
    gguf({ said: { ...ggufSaid, "general.architecture": "qwen2" } }),
    "wrong_base",
    "general.architecture",
  );
  refuses(gguf({ said: { ...ggufSaid, "general.type": "model" } }), "not_lora", "general.type");
  refuses(gguf({ said: { ...ggufSaid, "adapter.type": "ia3" } }), "not_lora", "adapter.type");
});

test("ranks beyond the terms, or that differ within a pair, are refused", () => {
  refuses(safetensors(peftTensors(65)), "rank_too_large", q0);
  const rank4096 = peftTensors(4_096);
  assert.equal(inspect(safetensors(rank4096), { ...terms, bytesMax: 1e8 }).kind, "flawed");
  const uneven = peftTensors().map((tensor) =>
    tensor.name === q0b ? { ...tensor, columns: 3, bytes: floats(24, () => 0) } : tensor,
  );
  refuses(safetensors(uneven), "rank_mismatch", q0b);
  refuses(safetensors(peftTensors().slice(1)), "unpaired", q0b);
  refuses(safetensors([]), "not_lora");
});

test("alpha is said once, and is a number to compute with", () => {
  for (const alpha of [undefined, 0, -1, Number.NaN, Infinity, 1e9]) {
    const end = inspect(safetensors(), { ...terms, alpha });
    assert.equal(end.kind === "flawed" && end.flaw.code, "bad_alpha", String(alpha));
  }
  const twice = inspect(gguf(), terms);
  assert.equal(twice.kind === "flawed" && twice.flaw.code, "bad_alpha");
  refuses(gguf({ said: { ...ggufSaid, "adapter.lora.alpha": Number.NaN } }), "bad_alpha");
  refuses(gguf({ said: { ...ggufSaid, "adapter.lora.alpha": "16" } }), "bad_alpha");
});

test("more bytes than the terms are refused as soon as the header says so", () => {
  const inspection = new Inspection({ ...terms, bytesMax: 1_500 });
  const file = safetensors(peftTensors(64));
  const header = 8 + Number(file.readBigUInt64LE());
  const flaw = inspection.add(file.subarray(0, header));
  assert.equal(flaw?.code, "too_large");
});

/** What an accepted file must be, found by simpler means over the whole of it. */
function assertTrue(file: Buffer): void {
  const length = Number(file.readBigUInt64LE());
  const header = JSON.parse(file.subarray(8, 8 + length).toString("utf8")) as Record<
    string,
    { dtype: string; shape: [number, number]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  const covered = new Uint8Array(file.length - 8 - length);
  for (const [name, { dtype, shape, data_offsets: offsets }] of entries) {
    const size = dtype === "F32" ? 4 : 2;
    assert.equal(offsets[1] - offsets[0], shape[0] * shape[1] * size);
    for (let at = offsets[0]; at < offsets[1]; at++) {
      assert.equal(covered[at], 0, "no byte is twice");
      covered[at] = 1;
    }
    const other = name.includes("lora_A")
      ? name.replace("lora_A", "lora_B")
      : name.replace("lora_B", "lora_A");
    assert.ok(header[other] !== undefined);
    const floatsEnd = dtype === "F32" ? offsets[1] : 0;
    for (let at = offsets[0]; at < floatsEnd; at += 4) {
      assert.ok(Math.abs(file.readFloatLE(8 + length + at)) <= 1_000);
    }
  }
  assert.ok(
    covered.every((byte) => byte === 1),
    "no byte is nobody's",
  );
}

const mutation = fc.record({
  at: fc.nat(2_000),
  remove: fc.nat(12),
  insert: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc
      .constantFrom("[", "{", '"', ":1,", "-1", "null", "\\u0000", "F16", "lora_B", "9999")
      .map((word) => Buffer.from(word)),
  ),
});

test("whatever is done to a file, it is refused with a flaw or it is what it says", () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.array(mutation, { minLength: 0, maxLength: 4 }),
      fc.integer({ min: 1, max: 900 }),
      (isGguf, mutations, chunk) => {
        let file = isGguf ? gguf() : safetensors();
        for (const { at, remove, insert } of mutations) {
          const from = at % (file.length + 1);
          file = Buffer.concat([file.subarray(0, from), insert, file.subarray(from + remove)]);
        }
        const whole = inspect(file, isGguf ? ggufTerms : terms, file.length || 1);
        const pieces = inspect(file, isGguf ? ggufTerms : terms, chunk);
        assert.equal(pieces.kind, whole.kind);
        if (whole.kind === "flawed") return;
        accepted += 1;
        if (!isGguf) assertTrue(file);
      },
    ),
    { numRuns: 3_000 },
  );
  assert.ok(accepted > 100, `${accepted} were accepted`);
});

test("memory does not grow with the file", () => {
  const shape = { ...tinyShape, layers: 1, width: 2 ** 20, heads: 1, headWidth: 2 ** 14 };
  const at = "base_model.model.model.layers.0.self_attn.q_proj";
  const [rank, bytes] = [32, 2 ** 20 * 32 * 2];
  const b = 2 ** 14 * rank * 2;
  const json = JSON.stringify({
    [`${at}.lora_A.weight`]: { dtype: "F16", shape: [rank, 2 ** 20], data_offsets: [0, bytes] },
    [`${at}.lora_B.weight`]: {
      dtype: "F16",
      shape: [2 ** 14, rank],
      data_offsets: [bytes, bytes + b],
    },
  });
  const inspection = new Inspection({ ...terms, shape, bytesMax: 1e9 });
  assert.equal(inspection.add(safetensors([], json)), undefined);
  const chunk = Buffer.alloc(65_536);
  const before = process.memoryUsage();
  let most = 0;
  for (let left = bytes + b; left > 0; left -= chunk.length) {
    assert.equal(inspection.add(chunk.subarray(0, Math.min(left, chunk.length))), undefined);
    const { external, arrayBuffers } = process.memoryUsage();
    most = Math.max(most, external + arrayBuffers - before.external - before.arrayBuffers);
  }
  assert.ok(most < 8 * 1024 ** 2, `${most} bytes more`);
  assert.equal(inspection.end().kind, "adapter");
});
