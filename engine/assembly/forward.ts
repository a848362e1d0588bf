/**
 * Llama 4's text model in one call: the steps of `engine/model/text-model.ts`, which explains them, in the same order and
 * so to the same bits. Here they need no JavaScript, and so cost a thread that shares the work next to no memory.
 *
 * A job is the number of its runs and then each run: the tokens that are cached, whether scores are wanted, the numbers of
 * its tokens and pages, its tokens, the addresses of its pages. A token below 0 is a piece of a picture, whose row of `x`
 * is there already.
 */
import { attend } from './attention';
import { multiplyF32 } from './float-matrix';
import { add, chooseExperts, gateSilu, gatherRows, rmsNorm, rotaryAngles, rotate, scale, scatterRows } from './layer';
import { multiplyQ8, quantizeRows, widenRow } from './matrix';
import { FeedForward, Layer, Matrix, Model, Room } from './plan';

/** Those of the call; each thread has its own. */
let model = changetype<Model>(0);
let room = changetype<Room>(0);

export function forward(modelAt: usize, roomAt: usize, job: usize): void {
  model = changetype<Model>(modelAt);
  room = changetype<Room>(roomAt);
  const runs = load<u32>(job);
  const first = job + 4;
  const tokens = embed(first, runs);
  for (let index: usize = 0; index < model.layerCount; index++) {
    const layer = changetype<Layer>(load<u32>(model.layers + (index << 2)) as usize);
    rmsNorm(room.x, layer.attentionNorm, tokens, model.width, model.epsilon, room.normed);
    attendLayer(layer, index, first, runs, tokens);
    add(room.x, room.result, tokens * model.width);

    rmsNorm(room.x, layer.feedForwardNorm, tokens, model.width, model.epsilon, room.normed);
    feedForward(layer.shared, room.normed, tokens, room.result);
    const router = layer.router;
    if (router !== null) addExpert(router, layer.experts, tokens);
    add(room.x, room.result, tokens * model.width);
  }
  score(first, runs);
}

// A run, by its address.
const HEAD_BYTES: usize = 16;

function lengthOf(run: usize): usize {
  return load<u32>(run) as usize;
}
function wantsScores(run: usize): bool {
  return load<u32>(run, 4) !== 0;
}
function tokensOf(run: usize): usize {
  return load<u32>(run, 8) as usize;
}
function pagesAt(run: usize): usize {
  return run + HEAD_BYTES + (tokensOf(run) << 2);
}
function nextRun(run: usize): usize {
  return pagesAt(run) + ((load<u32>(run, 12) as usize) << 2);
}

/** Returns the number of tokens. */
function embed(first: usize, runs: u32): usize {
  let row: usize = 0;
  let run = first;
  for (let left = runs; left > 0; left--) {
    const count = tokensOf(run);
    for (let i: usize = 0; i < count; i++, row++) {
      const token = load<i32>(run + HEAD_BYTES + (i << 2));
      if (token >= 0) embedToken(token as usize, room.x + ((row * model.width) << 2));
      const angles = room.angles + ((row * model.headSize) << 2);
      rotaryAngles((lengthOf(run) + i) as i32, model.frequencies, model.headSize >> 1, angles);
    }
    run = nextRun(run);
  }
  return row;
}

function embedToken(token: usize, into: usize): void {
  const embeddings = model.embeddings;
  const columns = embeddings.columns as usize;
  if (embeddings.scales === 0) {
    memory.copy(into, embeddings.weights + ((token * columns) << 2), columns << 2);
    return;
  }
  widenRow(embeddings.weights, embeddings.scales, token, columns, into);
}

/** result = the attention of `normed`, whose keys and values join the cache first. */
function attendLayer(layer: Layer, index: usize, first: usize, runs: u32, tokens: usize): void {
  const headSize = model.headSize;
  const queryBytes = ((model.heads * headSize) << 2) as usize;
  loadRows(room.normed, tokens, model.width);
  multiply(layer.query, room.queries);
  multiply(layer.key, room.keys);
  multiply(layer.value, room.values);
  if (layer.isChunked) {
    rotate(room.queries, room.angles, tokens, model.heads, headSize);
    rotate(room.keys, room.angles, tokens, model.keyHeads, headSize);
    if (model.normalisesQueries) {
      rmsNorm(room.queries, 0, tokens * model.heads, headSize, model.epsilon, room.queries);
      rmsNorm(room.keys, 0, tokens * model.keyHeads, headSize, model.epsilon, room.keys);
    }
  }
  const keysAt = index * model.layerBytes;
  const valuesAt = keysAt + (model.layerBytes >> 1);
  const factor: f32 = (1 / Math.sqrt(headSize as f64)) as f32;
  let row: usize = 0;
  let run = first;
  for (let left = runs; left > 0; left--) {
    const count = tokensOf(run);
    const queries = room.queries + row * queryBytes;
    if (!layer.isChunked) warm(queries, lengthOf(run), count);
    keep(run, row, keysAt, valuesAt);
    attend(
      queries,
      count,
      lengthOf(run),
      model.heads,
      model.keyHeads,
      headSize,
      pagesAt(run),
      model.pageTokens,
      keysAt,
      valuesAt,
      layer.isChunked ? (model.chunkTokens as usize) : 0,
      1,
      factor,
      room.scores,
      room.mixed + row * queryBytes,
    );
    row += count;
    run = nextRun(run);
  }
  loadRows(room.mixed, tokens, model.heads * headSize);
  multiply(layer.output, room.result);
}

/** Layers without rotation sharpen queries with the distance they look back. */
function warm(queries: usize, position: usize, count: usize): void {
  const size: usize = model.heads * model.headSize;
  for (let i: usize = 0; i < count; i++) {
    const steps = (position + i + 1) / model.temperatureTokens;
    if (steps > 0) scale(queries + ((i * size) << 2), size, load<f32>(model.temperatures + (steps << 2)));
  }
}

/** The keys and values of a run go into its pages. */
function keep(run: usize, row: usize, keysAt: usize, valuesAt: usize): void {
  const bytes: usize = model.rowBytes;
  const pageTokens: usize = model.pageTokens;
  const pages = pagesAt(run);
  const count = tokensOf(run);
  for (let i: usize = 0; i < count; i++) {
    const position = lengthOf(run) + i;
    const page = load<u32>(pages + ((position / pageTokens) << 2)) as usize;
    const into = page + (position % pageTokens) * bytes;
    const from = (row + i) * bytes;
    memory.copy(into + keysAt, room.keys + from, bytes);
    memory.copy(into + valuesAt, room.values + from, bytes);
  }
}

function feedForward(part: FeedForward, x: usize, tokens: usize, out: usize): void {
  loadRows(x, tokens, model.width);
  multiply(part.gate, room.gate);
  multiply(part.up, room.up);
  gateSilu(room.gate, room.up, tokens * part.gate.rows);
  loadRows(room.gate, tokens, part.gate.rows);
  multiply(part.down, out);
}

/** Each token goes through the one expert that its router scores best, its input weighted by the sigmoid of that score. */
function addExpert(router: Matrix, experts: usize, tokens: usize): void {
  const width: usize = model.width;
  loadRows(room.normed, tokens, width);
  multiply(router, room.scores);
  chooseExperts(room.scores, tokens, model.experts, room.chosen, room.weights);
  orderByExpert(tokens);
  gatherRows(room.normed, room.order, room.weights, tokens, width, room.gathered);

  loadRows(room.gathered, tokens, width);
  const inner: usize = expertAt(experts, 0).gate.rows;
  let first: usize = 0;
  for (let expert: usize = 0; expert < model.experts; expert++) {
    const count = load<u32>(room.counts + (expert << 2)) as usize;
    if (count === 0) continue;
    const part = expertAt(experts, expert);
    multiplyRows(part.gate, room.gate + ((first * inner) << 2), first, count);
    multiplyRows(part.up, room.up + ((first * inner) << 2), first, count);
    first += count;
  }
  gateSilu(room.gate, room.up, tokens * inner);
  loadRows(room.gate, tokens, inner);
  first = 0;
  for (let expert: usize = 0; expert < model.experts; expert++) {
    const count = load<u32>(room.counts + (expert << 2)) as usize;
    if (count === 0) continue;
    multiplyRows(expertAt(experts, expert).down, room.gathered + ((first * width) << 2), first, count);
    first += count;
  }
  scatterRows(room.result, room.order, room.gathered, tokens, width);
}

function expertAt(experts: usize, index: usize): FeedForward {
  return changetype<FeedForward>(load<u32>(experts + (index << 2)) as usize);
}

/** Lists the rows sorted by their expert, and counts those of each. */
function orderByExpert(tokens: usize): void {
  const counts = room.counts;
  memory.fill(counts, 0, model.experts << 2);
  for (let row: usize = 0; row < tokens; row++) {
    const at = counts + ((load<u32>(room.chosen + (row << 2)) as usize) << 2);
    store<u32>(at, load<u32>(at) + 1);
  }
  let next = room.order;
  for (let expert: u32 = 0; expert < model.experts; expert++) {
    if (load<u32>(counts + ((expert as usize) << 2)) === 0) continue;
    for (let row: usize = 0; row < tokens; row++) {
      if (load<u32>(room.chosen + (row << 2)) !== expert) continue;
      store<u32>(next, row as u32);
      next += 4;
    }
  }
}

/** Scores of every token to come next, for the runs that want them, one behind the other. */
function score(first: usize, runs: u32): void {
  const width: usize = model.width;
  let row: usize = 0;
  let wanted: usize = 0;
  let run = first;
  for (let left = runs; left > 0; left--) {
    row += tokensOf(run);
    if (wantsScores(run)) {
      const into = room.normed + ((wanted * width) << 2);
      rmsNorm(room.x + (((row - 1) * width) << 2), model.outputNorm, 1, width, model.epsilon, into);
      wanted++;
    }
    run = nextRun(run);
  }
  if (wanted === 0) return;
  loadRows(room.normed, wanted, width);
  multiply(model.output, room.logits);
}

// Products with one set of activations after the other: loaded once, then multiplied by as many matrices as read them.
let loaded: usize = 0;
let loadedTokens: usize = 0;
let loadedColumns: usize = 0;
let isQuantized: bool = false;

function loadRows(x: usize, tokens: usize, columns: usize): void {
  loaded = x;
  loadedTokens = tokens;
  loadedColumns = columns;
  isQuantized = false;
}

function multiply(matrix: Matrix, out: usize): void {
  multiplyRows(matrix, out, 0, loadedTokens);
}

/** out[token][row] for `tokens` of the loaded activations from `first` on. */
function multiplyRows(matrix: Matrix, out: usize, first: usize, tokens: usize): void {
  const columns: usize = matrix.columns;
  if (matrix.scales === 0) {
    multiplyF32(matrix.weights, matrix.rows, columns, loaded + ((first * columns) << 2), tokens, out);
    return;
  }
  if (!isQuantized) {
    quantizeRows(loaded, loadedTokens * loadedColumns, room.quants, room.quantScales);
    isQuantized = true;
  }
  const x = room.quants + ((first * columns) << 3);
  const xScales = room.quantScales + ((first * (columns >> 5)) << 2);
  multiplyQ8(matrix.weights, matrix.scales, matrix.rows, columns, x, xScales, tokens, out);
}
