import { featuresErrors } from '../../errors.ts'

/** TensorFlow.js, ready to compute. */
export interface NeuralLibrary {
  readonly tf: typeof import('@tensorflow/tfjs-core')
  /** `wasm`, where the same seed gives the same model on every machine, or `tensorflow`, where it may not. */
  readonly backend: string
  readonly version: string
}

/** Loads a package by its name. */
export type PackageLoader = (name: string) => Promise<unknown>

/**
 * Loads TensorFlow.js, which is optional: the native build where it is installed, else the one in WebAssembly.
 *
 * @throws YX_FEATURES_NEURAL_LIBRARY_ABSENT
 */
export async function loadNeuralLibrary(
  load: PackageLoader = (name) => import(name),
): Promise<NeuralLibrary> {
  const native = (await load('@tensorflow/tfjs-node').catch(() => null)) as NeuralLibrary['tf'] | null
  try {
    const tf = native ?? ((await load('@tensorflow/tfjs-core')) as NeuralLibrary['tf'])
    if (native === null) {
      // The core alone has no gradients; the layers bring them.
      await load('@tensorflow/tfjs-layers')
      await load('@tensorflow/tfjs-backend-wasm')
      if (!(await tf.setBackend('wasm'))) throw new featuresErrors.NeuralLibraryAbsent()
    }
    await tf.ready()
    return { tf, backend: tf.getBackend(), version: tf.version_core }
  } catch {
    throw new featuresErrors.NeuralLibraryAbsent()
  }
}
