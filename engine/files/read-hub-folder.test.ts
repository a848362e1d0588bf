import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProjector, checkTextModel } from './check-llama4.ts';
import { ModelFileError } from './model-file.ts';
import { readHubFolder } from './read-hub-folder.ts';

const path = join(import.meta.dir, '..', 'parity', 'hub');
const folder = new Map(readdirSync(path).map((name) => [name, new Uint8Array(readFileSync(join(path, name)))]));
const json = (name: string) => JSON.parse(new TextDecoder().decode(folder.get(name)));
const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** What a folder is refused for, with some of its files replaced. */
function refusal(files: Record<string, Uint8Array | undefined>): string {
  const changed = new Map<string, Uint8Array>(folder);
  for (const [name, bytes] of Object.entries(files)) {
    if (bytes) changed.set(name, bytes);
    else changed.delete(name);
  }
  try {
    const { model, projector } = readHubFolder(changed);
    const { width } = checkTextModel(model);
    if (projector) checkProjector(projector, width);
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError);
    return (error as Error).message;
  }
  return 'it was read';
}

const withText = (change: object) => {
  const config = json('config.json');
  return refusal({ 'config.json': bytesOf({ ...config, text_config: { ...config.text_config, ...change } }) });
};

/** The header of the weights, changed, before the same numbers. */
function withHeader(
  change: (header: Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>) => void,
) {
  const file = folder.get('model.safetensors')!;
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  change(header);
  const text = bytesOf(header);
  const out = new Uint8Array(8 + text.length + file.length - 8 - length);
  new DataView(out.buffer).setBigUint64(0, BigInt(text.length), true);
  out.set(text, 8);
  out.set(file.subarray(8 + length), 8 + text.length);
  return out;
}

test('a folder of one file and a folder of several with an index read alike', () => {
  const whole = readHubFolder(folder);
  expect(refusal({})).toBe('it was read');
  const names = Object.keys(
    JSON.parse(new TextDecoder().decode(folder.get('model.safetensors')!.subarray(8, 12064).slice(0, 12056))),
  );
  const map = Object.fromEntries(
    names.filter((name) => name !== '__metadata__').map((name) => [name, 'part.safetensors']),
  );
  const parted = new Map([
    ...folder,
    ['part.safetensors', folder.get('model.safetensors')!],
    ['model.safetensors.index.json', bytesOf({ weight_map: map })],
  ] as const);
  parted.delete('model.safetensors');
  const again = readHubFolder(parted);
  expect([...again.model.tensors.keys()].sort()).toEqual([...whole.model.tensors.keys()].sort());
  expect(refusal({ 'model.safetensors.index.json': bytesOf({ weight_map: { a: 'b.safetensors' } }) })).toContain(
    'no file "b.safetensors"',
  );
  expect(refusal({ 'model.safetensors.index.json': bytesOf({ weight_map: { a: 'model.safetensors' } }) })).toContain(
    'and it does not',
  );
});

test('a folder without pictures is a text model', () => {
  const { vision_config: _, ...config } = json('config.json');
  expect(readHubFolder(new Map([...folder, ['config.json', bytesOf(config)]])).projector).toBeUndefined();
});

test('older files, which state the rotation elsewhere, give the same facts', () => {
  const config = json('config.json');
  const { rope_parameters, ...text } = config.text_config;
  const { rope_theta, ...rope_scaling } = rope_parameters;
  const older = { ...config, text_config: { ...text, rope_theta, rope_scaling, attn_temperature_tuning: 4 } };
  const { model } = readHubFolder(new Map([...folder, ['config.json', bytesOf(older)]]));
  const newer = readHubFolder(folder).model;
  expect([...model.metadata]).toEqual([...newer.metadata]);
  expect(model.tensors.get('rope_freqs.weight')!.bytes).toEqual(newer.tensors.get('rope_freqs.weight')!.bytes);
});

test('what departs from the Llama 4 that the engine computes is refused by its name', () => {
  expect(withText({})).toBe('it was read');
  expect(withText({ attention_chunk_size: 4096 })).toContain('attention_chunk_size is 4096');
  expect(withText({ use_qk_norm: false })).toContain('use_qk_norm is false');
  expect(withText({ no_rope_layers: [1, 1, 0, 1] })).toContain('no_rope_layers[2] is 0');
  expect(withText({ moe_layers: [0, 2] })).toContain('moe_layers');
  expect(withText({ hidden_act: 'gelu' })).toContain('hidden_act is gelu');
  expect(withText({ rope_parameters: { rope_type: 'yarn', rope_theta: 10_000 } })).toContain('rope_type is yarn');
  expect(withText({ num_experts_per_tok: 2 })).toContain('expert_used_count is 2');
  expect(withText({ vocab_size: 2 ** 40 })).toContain('vocab_size');
  expect(withText({ hidden_size: 'wide' })).toContain('hidden_size');
  expect(refusal({ 'config.json': bytesOf({ ...json('config.json'), model_type: 'qwen3' }) })).toContain('"qwen3"');
  expect(refusal({ 'config.json': new TextEncoder().encode('{') })).toBe('config.json is no JSON');
  expect(refusal({ 'tokenizer.json': undefined })).toBe('the folder has no file "tokenizer.json"');
  expect(refusal({ 'tokenizer.json': bytesOf({ model: { type: 'Unigram' } }) })).toContain(
    'tokenizer.json: model.type',
  );
});

test('weights that lie wrongly or are stored in another way are refused', () => {
  const name = 'language_model.model.layers.0.self_attn.q_proj.weight';
  const experts = 'language_model.model.layers.1.feed_forward.experts.gate_up_proj';
  const changed = (change: Parameters<typeof withHeader>[0]) => refusal({ 'model.safetensors': withHeader(change) });
  expect(changed(() => {})).toBe('it was read');
  expect(
    changed((header) => {
      header[name]!.dtype = 'F8_E4M3';
    }),
  ).toContain('"F8_E4M3"');
  expect(
    changed((header) => {
      header[name]!.shape = [32, 31];
    }),
  ).toContain('not where the file says');
  expect(
    changed((header) => {
      header[name]!.data_offsets = [0, 2048];
    }),
  ).toContain('over each other');
  expect(
    changed((header) => {
      header[name]!.data_offsets = [2 ** 40, 2 ** 40 + 2048];
    }),
  ).toContain('not where');
  expect(
    changed((header) => {
      header[experts]!.shape = [16 * 32, 64];
    }),
  ).toContain('has 2 dimensions');
  expect(
    changed((header) => {
      header[experts]!.shape = [8, 32, 128];
    }),
  ).toContain('is 8 × 64 × 32');
  expect(
    changed((header) => {
      delete header[name];
    }),
  ).toContain('no tensor "blk.0.attn_q.weight"');
  expect(
    changed((header) => {
      header[`${name}_scale`] = { ...header[name]!, data_offsets: [519_520 - 12_064, 519_520 - 12_064], shape: [] };
    }),
  ).toContain('not where');
  const file = folder.get('model.safetensors')!;
  expect(refusal({ 'model.safetensors': file.subarray(0, 7) })).toContain('too short');
  expect(refusal({ 'model.safetensors': file.subarray(0, 5000) })).toContain('ends inside its header');
  expect(refusal({ 'model.safetensors': file.subarray(0, file.length - 1) })).toContain('not where the file says');
});
