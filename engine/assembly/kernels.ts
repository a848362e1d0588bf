/** The kernels of the engine, compiled to WebAssembly with SIMD by `npm run build-kernels`. All addresses are bytes. */
export { attend } from './attention';
export { multiplyF32 } from './float-matrix';
export { forward } from './forward';
export {
  add,
  addBias,
  chooseExperts,
  findLargest,
  gateSilu,
  gatherRows,
  gelu,
  layerNorm,
  rmsNorm,
  rotaryAngles,
  rotaryFrequencies,
  rotate,
  scale,
  scatterRows,
} from './layer';
export { multiplyQ8, quantizeRows, splitBlocks, widenRow } from './matrix';
