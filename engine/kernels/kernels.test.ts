import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Arena, OutOfMemory } from './arena.ts';
import type { Kernels } from './kernels.ts';
import { openKernels } from './open-kernels.ts';
import { plainKernels } from './plain-kernels.ts';

const COMPILED = new Uint8Array(readFileSync(join(import.meta.dir, 'kernels.wasm')));
const ROOM = 1 << 20;

/** Both implementations, each over its own memory with the same contents. */
async function openBoth() {
  const arenas = [new Arena(1 << 28), new Arena(1 << 28)] as const;
  const kernels: readonly Kernels[] = [await openKernels(COMPILED, arenas[0]), plainKernels(arenas[1])];
  return { arenas, kernels, base: arenas.map((arena) => arena.allocate(ROOM))[0]! };
}

const both = await openBoth();

/** A deterministic spread of values of both signs, some of them equal, some large. */
function values(count: number, seed: number, size = 2): Float32Array {
  let state = seed | 1;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state / 2 ** 31) * size;
  });
}

/** Fills both memories alike, runs the kernel in both and returns the `count` floats at `out`. */
function compare(
  inputs: readonly (readonly [number, Float32Array | Uint32Array | Int8Array | Uint8Array])[],
  run: (kernels: Kernels) => void,
  [out, count]: readonly [number, number],
): readonly [Float32Array, Float32Array] {
  const results = both.arenas.map((arena, index) => {
    arena.bytes(both.base, ROOM).fill(0);
    for (const [address, data] of inputs) {
      arena.bytes(address, data.byteLength).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    run(both.kernels[index]!);
    return arena.floats(out, count).slice();
  });
  return [results[0]!, results[1]!];
}

/** `size`: of the terms that were summed. A sum that happens to be near zero is no more exact than they are. */
function expectClose([fast, plain]: readonly [Float32Array, Float32Array], tolerance: number, size = 1e-3): void {
  const largest = plain.reduce((most, value) => Math.max(most, Math.abs(value)), size);
  const worst = plain.reduce((most, value, i) => Math.max(most, Math.abs(value - fast[i]!)), 0);
  expect(worst / largest).toBeLessThan(tolerance);
  expect(fast.every(Number.isFinite)).toBe(true);
}

const { base } = both;
const at = (slot: number) => base + slot * 65_536;
const shape = fc.record({
  rows: fc.integer({ min: 1, max: 19 }),
  blocks: fc.integer({ min: 1, max: 4 }),
  tokens: fc.integer({ min: 1, max: 9 }),
  seed: fc.integer(),
});

/** Some of them with rows as wide as no cache keeps. */
const products = fc.oneof(
  shape,
  fc.record({
    rows: fc.integer({ min: 1, max: 15 }),
    blocks: fc.constant(33),
    tokens: fc.integer({ min: 1, max: 3 }),
    seed: fc.integer(),
  }),
);

test('products of quantised weights agree with the plain ones', () => {
  fc.assert(
    fc.property(products, ({ rows, blocks, tokens, seed }) => {
      const columns = blocks * 32;
      const weights = Int8Array.from(values(rows * columns, seed, 127));
      const result = compare(
        [
          [at(0), weights],
          [at(1), values(rows * blocks, seed + 1, 0.01)],
          [at(2), values(tokens * columns, seed + 2, 5)],
        ],
        (kernels) => {
          kernels.quantizeRows(at(2), tokens * columns, at(3), at(4));
          kernels.multiplyQ8(at(0), at(1), rows, columns, at(3), at(4), tokens, at(5));
        },
        [at(5), rows * tokens],
      );
      expectClose(result, 1e-5, 127 * 0.01 * 5);
    }),
  );
});

test('a product does not depend on the tokens beside it', () => {
  fc.assert(
    fc.property(products, fc.boolean(), ({ rows, blocks, tokens, seed }, isQuantized) => {
      const columns = blocks * 32;
      const [arena, kernels] = [both.arenas[0], both.kernels[0]!];
      arena.bytes(at(0), rows * columns * 4).set(new Uint8Array(values(rows * columns, seed).buffer));
      arena.floats(at(1), rows * blocks).set(values(rows * blocks, seed + 1, 0.01));
      arena.floats(at(2), tokens * columns).set(values(tokens * columns, seed + 2, 5));
      kernels.quantizeRows(at(2), tokens * columns, at(3), at(4));
      const multiply = (token: number, count: number) => {
        if (isQuantized) {
          kernels.multiplyQ8(
            at(0),
            at(1),
            rows,
            columns,
            at(3) + token * columns * 8,
            at(4) + token * blocks * 4,
            count,
            at(5),
          );
        } else {
          kernels.multiplyF32(at(0), rows, columns, at(2) + token * columns * 4, count, at(5));
        }
        return [...arena.floats(at(5), rows * count)];
      };
      const together = multiply(0, tokens);
      const alone = Array.from({ length: tokens }, (_, token) => multiply(token, 1)).flat();
      expect(alone).toEqual(together);
    }),
  );
});

test('products of floats agree with the plain ones', () => {
  fc.assert(
    fc.property(shape, ({ rows, blocks, tokens, seed }) => {
      const columns = blocks * 4;
      const result = compare(
        [
          [at(0), values(rows * columns, seed)],
          [at(1), values(tokens * columns, seed + 1, 9)],
        ],
        (kernels) => kernels.multiplyF32(at(0), rows, columns, at(1), tokens, at(2)),
        [at(2), rows * tokens],
      );
      expectClose(result, 2e-6, 2 * 9);
    }),
  );
});

test('norms, activations and sums agree with the plain ones', () => {
  fc.assert(
    fc.property(shape, ({ rows, blocks, seed }) => {
      const columns = blocks * 8;
      const count = rows * columns;
      const x = values(count, seed, 12);
      const inputs = [
        [at(0), x],
        [at(1), values(columns, seed + 1)],
        [at(2), values(columns, seed + 2)],
        [at(3), values(count, seed + 3)],
      ] as const;
      const same = (run: (kernels: Kernels) => void, out = at(0)) =>
        expectClose(compare(inputs, run, [out, count]), 3e-6);
      same((kernels) => kernels.rmsNorm(at(0), at(1), rows, columns, 1e-5, at(4)), at(4));
      same((kernels) => kernels.rmsNorm(at(0), 0, rows, columns, 1e-5, at(0)));
      same((kernels) => kernels.layerNorm(at(0), at(1), at(2), rows, columns, 1e-5, at(4)), at(4));
      same((kernels) => kernels.add(at(0), at(3), count));
      same((kernels) => kernels.addBias(at(0), at(1), rows, columns));
      same((kernels) => kernels.scale(at(0), count, 1.069));
      same((kernels) => kernels.gateSilu(at(0), at(3), count));
      same((kernels) => kernels.gelu(at(0), count));
    }),
  );
});

test('activations stay right far from zero', () => {
  const x = Float32Array.of(-1e30, -200, -88, -20, -1e-6, 0, 1e-6, 20, 88, 200, 1e30, 3);
  const ones = new Float32Array(12).fill(1);
  const [silu] = compare(
    [
      [at(0), x],
      [at(1), ones],
    ],
    (kernels) => kernels.gateSilu(at(0), at(1), 12),
    [at(0), 12],
  );
  expect(silu[10]).toBe(x[10]!);
  expect(Math.abs(silu[0]!)).toBeLessThan(1e-7);
  const [gelu] = compare([[at(0), x]], (kernels) => kernels.gelu(at(0), 12), [at(0), 12]);
  expect([gelu[1], gelu[9]]).toEqual([-0, 200]);
});

test('rotations agree with the plain ones, also for positions far out', () => {
  fc.assert(
    fc.property(shape, fc.integer({ min: 0, max: 10_000_000 }), ({ rows, blocks, tokens, seed }, position) => {
      const headSize = blocks * 8;
      const count = tokens * rows * headSize;
      const result = compare(
        [[at(0), values(count, seed)]],
        (kernels) => {
          kernels.rotaryFrequencies(500_000, headSize, at(1));
          for (let i = 0; i < tokens; i++)
            kernels.rotaryAngles(position + i, at(1), headSize / 2, at(2) + i * headSize * 4);
          kernels.rotate(at(0), at(2), tokens, rows, headSize);
        },
        [at(0), count],
      );
      // One unit of the last place of a frequency, seen from ten million tokens away, is a visible angle.
      expectClose(result, 1e-6 + position * 1.2e-7);
    }),
  );
});

test('experts are chosen, gathered and scattered as in the plain kernels', () => {
  fc.assert(
    fc.property(shape, ({ blocks, tokens, seed }) => {
      const columns = blocks * 4;
      const order = Uint32Array.from({ length: tokens }, (_, i) => (i * 7 + 3) % tokens).sort();
      const permuted = [...new Set(order)];
      const result = compare(
        [
          [at(0), values(tokens * 16, seed)],
          [at(1), values(tokens * columns, seed + 1)],
          [at(2), Uint32Array.from(permuted)],
        ],
        (kernels) => {
          kernels.chooseExperts(at(0), tokens, 16, at(3), at(4));
          kernels.gatherRows(at(1), at(2), at(4), permuted.length, columns, at(5));
          kernels.scatterRows(at(1), at(2), at(5), permuted.length, columns);
        },
        [at(1), tokens * columns],
      );
      expectClose(result, 2e-6);
    }),
  );
  const equals = new Float32Array(16).fill(0.5);
  const [chosen] = compare([[at(0), equals]], (kernels) => kernels.chooseExperts(at(0), 1, 16, at(1), at(2)), [
    at(1),
    1,
  ]);
  expect(new Uint32Array(chosen.buffer)[0]).toBe(0);
});

test('the largest of some values is found, the first of equals, and none among values that are not all finite', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
  const some = fc.oneof(fc.array(fc.float(), { minLength: 1 }), fc.array(finite, { minLength: 1, maxLength: 40 }));
  fc.assert(
    fc.property(some, (values) => {
      const wanted = values.every(Number.isFinite) ? values.indexOf(Math.max(...values)) : -1;
      for (const [index, kernels] of both.kernels.entries()) {
        both.arenas[index]!.floats(at(0), values.length).set(values);
        expect(kernels.findLargest(at(0), values.length)).toBe(wanted);
      }
    }),
  );
});

/** Some tokens of one sequence and what they see, with their cache in memory. */
const attentions = fc
  .record({
    rows: fc.integer({ min: 1, max: 9 }),
    position: fc.integer({ min: 0, max: 40 }),
    keyHeads: fc.integer({ min: 1, max: 2 }),
    group: fc.integer({ min: 1, max: 5 }),
    lanes: fc.integer({ min: 1, max: 5 }),
    chunk: fc.constantFrom(0, 8, 16),
    isCausal: fc.constantFrom(0, 1),
    seed: fc.integer(),
  })
  .map((settings) => {
    const { rows, position, keyHeads, group, lanes, chunk, isCausal, seed } = settings;
    const pageTokens = 8;
    const headSize = lanes * 4;
    const heads = keyHeads * group;
    const pageBytes = pageTokens * keyHeads * headSize * 4;
    const count = Math.ceil((position + rows) / pageTokens);
    // Pages in backward order, keys in their first half.
    const pages = Uint32Array.from({ length: count }, (_, i) => at(4) + (count - 1 - i) * pageBytes * 2);
    const inputs = [
      [at(0), values(rows * heads * headSize, seed)],
      [at(1), pages],
      [at(4), values((count * pageBytes) / 2, seed + 1)],
    ] as const;
    const size = heads * headSize;
    /** Computes `tokens` of them from number `first` on. */
    const run = (kernels: Kernels, first = 0, tokens = rows) =>
      kernels.attend(
        at(0) + first * size * 4,
        tokens,
        position + first,
        heads,
        keyHeads,
        headSize,
        at(1),
        pageTokens,
        0,
        pageBytes,
        isCausal ? chunk : 0,
        isCausal,
        1 / Math.sqrt(headSize),
        at(2),
        at(3) + first * size * 4,
      );
    return { rows, size, isCausal, inputs, run };
  });

test('attention agrees with the plain one over pages, chunks and groups of heads', () => {
  fc.assert(
    fc.property(attentions, ({ rows, size, inputs, run }) => {
      expectClose(compare(inputs, run, [at(3), rows * size]), 3e-6, 1);
    }),
  );
});

test('the attention of a token does not depend on the tokens beside it', () => {
  fc.assert(
    fc.property(
      attentions.filter(({ isCausal }) => isCausal === 1),
      ({ rows, size, inputs, run }) => {
        const [together] = compare(inputs, run, [at(3), rows * size]);
        const oneByOne = (kernels: Kernels) => {
          for (let row = 0; row < rows; row++) run(kernels, row, 1);
        };
        const [alone] = compare(inputs, oneByOne, [at(3), rows * size]);
        expect([...alone]).toEqual([...together]);
      },
    ),
  );
});

test('blocks of a file are split exactly, whatever their scales', () => {
  const halves = [0, 0x8000, 1, 0x3ff, 0x400, 0x3c00, 0xbc00, 0x2e66, 0x7bff, 0xfbff, 0x7c00, 0xfc00, 0x8001, 0x0201];
  const raw = new Uint8Array(halves.length * 34);
  const view = new DataView(raw.buffer);
  const wanted = halves.map((half, block) => {
    raw.set(new Uint8Array(Int8Array.from(values(32, block + 1, 127)).buffer), block * 34 + 2);
    view.setUint16(block * 34, half, true);
    return view.getFloat16(block * 34, true);
  });
  // Three blocks in a row: five rows, the last of which is not whole. Four rows lie together, pair by pair of columns.
  const rowBlocks = 3;
  const placeOf = (block: number) => {
    const row = Math.floor(block / rowBlocks);
    return { together: Math.floor(row / 4) * rowBlocks + (block % rowBlocks), lane: row % 4 };
  };
  for (const [kernels, arena] of both.kernels.map((kernels, index) => [kernels, both.arenas[index]!] as const)) {
    arena.bytes(at(0), raw.length).set(raw);
    // In two pieces, as large matrices are.
    const piece = 4;
    kernels.splitBlocks(at(0), piece, 0, rowBlocks, at(1), at(2));
    kernels.splitBlocks(at(0) + piece * 34, halves.length - piece, piece, rowBlocks, at(1), at(2));
    for (let block = 0; block < halves.length; block++) {
      const { together, lane } = placeOf(block);
      expect(arena.floats(at(2) + (together * 4 + lane) * 4, 1)[0]).toBe(wanted[block]!);
      const stored = Array.from({ length: 32 }, (_, i) => {
        return arena.bytes(at(1) + together * 128 + (i >> 1) * 8 + lane * 2 + (i & 1), 1)[0];
      });
      expect(stored).toEqual([...raw.slice(block * 34 + 2, block * 34 + 34)]);
    }
  }
});

test('rows of the embedding table are widened exactly', () => {
  const [rows, rowBlocks] = [6, 2];
  const raw = new Uint8Array(rows * rowBlocks * 34);
  const view = new DataView(raw.buffer);
  for (let block = 0; block < rows * rowBlocks; block++) {
    view.setFloat16(block * 34, (block + 1) / 8, true);
    raw.set(new Uint8Array(Int8Array.from(values(32, block + 5, 127)).buffer), block * 34 + 2);
  }
  const wanted = (row: number) =>
    Array.from({ length: rowBlocks * 32 }, (_, i) => {
      const block = row * rowBlocks + (i >> 5);
      return (view.getInt8(block * 34 + 2 + (i & 31)) * (block + 1)) / 8;
    });
  for (let row = 0; row < rows; row++) {
    const [fast, plain] = compare(
      [[at(0), raw]],
      (kernels) => {
        kernels.splitBlocks(at(0), rows * rowBlocks, 0, rowBlocks, at(1), at(2));
        kernels.widenRow(at(1), at(2), row, rowBlocks * 32, at(3));
      },
      [at(3), rowBlocks * 32],
    );
    expect([...fast]).toEqual(wanted(row));
    expect([...plain]).toEqual(wanted(row));
  }
});

test('the arena keeps to its bound and hands out zeroed, aligned memory', () => {
  const arena = new Arena(1 << 20);
  const address = arena.allocate(1000);
  expect(address % 64).toBe(0);
  expect(arena.bytes(address, 1000).every((byte) => byte === 0)).toBe(true);
  expect(() => arena.allocate(1 << 20)).toThrow(OutOfMemory);
  expect(arena.allocate(64)).toBe(address + 1024);
});
