/** The network's weights while it is trained, as variables of TensorFlow.js. */
import type * as Core from '@tensorflow/tfjs-core'
import { openStream } from '../../city/random.ts'
import type { NeuralLibrary } from './library.ts'
import type { Layer } from './network.ts'

export interface ModelVariables {
  readonly all: Core.Variable[]
  /** The last layer's sums, before the logistic function: rows x 1. */
  logits(inputs: Core.Tensor2D): Core.Tensor2D
  /** Sum of all squared weights, biases apart. */
  squares(): Core.Scalar
  /** A copy of the weights as they stand. */
  layers(): Layer[]
  dispose(): void
}

/**
 * First weights by the seed: uniform with the variance 2 / inputs (He), biases 0.
 *
 * @param sizes inputs, hidden layers, 1
 */
export function createVariables(
  tf: NeuralLibrary['tf'],
  sizes: readonly number[],
  seed: number,
): ModelVariables {
  const stream = openStream(seed, 'weights')
  const layers = sizes.slice(1).map((outputs, index) => {
    const inputs = sizes[index]
    const bound = Math.sqrt(6 / inputs)
    const first = Float32Array.from({ length: inputs * outputs }, () => (2 * stream.uniform() - 1) * bound)
    return tf.tidy(() => ({
      inputs,
      outputs,
      weights: tf.variable(tf.tensor2d(first, [inputs, outputs])),
      bias: tf.variable(tf.zeros<Core.Rank.R1>([outputs])),
    }))
  })
  const all = layers.flatMap(({ weights, bias }) => [weights, bias])
  return {
    all,
    logits(inputs) {
      return layers.reduce<Core.Tensor2D>((values, { weights, bias }, index) => {
        const into = index === 0 ? values : tf.relu(values)
        return tf.add<Core.Tensor2D>(tf.matMul(into, weights), bias)
      }, inputs)
    },
    squares: () => tf.addN(layers.map(({ weights }) => tf.sum<Core.Scalar>(tf.square(weights)))),
    layers: () =>
      layers.map(({ inputs, outputs, weights, bias }) => ({
        inputs,
        outputs,
        weights: Float32Array.from(weights.dataSync()),
        bias: Float32Array.from(bias.dataSync()),
      })),
    dispose: () => tf.dispose(all),
  }
}
