/** The kernels of the engine, compiled to WebAssembly with SIMD by `npm run build-kernels`. All addresses are bytes. */
export { attend } from './attention';
export {
  add,
  addBias,
  chooseExperts,
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
  widenRow,
} from './layer';
export { multiplyF32, multiplyQ8, quantizeRows, splitBlocks } from './matrix';
