import { setImmediate } from 'node:timers/promises'
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core'
import { openStream } from '../../city/random.ts'
import { featuresErrors } from '../../errors.ts'
import type { IntegerColumn } from '../card-types.ts'
import { auc } from './auc.ts'
import { type Encoding, encodeRows } from './encoding.ts'
import type { NeuralLibrary } from './library.ts'
import { createVariables, type ModelVariables } from './model-variables.ts'
import type { Layer } from './network.ts'
import { type Parts, shuffle } from './parts.ts'
import type { NeuralSettings } from './settings.ts'

/** Loss of one epoch: mean of -log(probability of what happened). */
export interface EpochReport {
  readonly epoch: number
  readonly validationLoss: number
}

export interface TrainingTask {
  readonly encoding: Encoding
  readonly columns: readonly IntegerColumn[]
  /** Per row of the columns: 1 or 0 where the row takes part. */
  readonly target: Float64Array
  readonly settings: Required<NeuralSettings>
}

/** The best epoch, and how many were run. */
export interface Fitted {
  readonly epoch: number
  readonly run: number
  readonly loss: number
  readonly auc: number
  readonly layers: readonly Layer[]
}

const PREDICT_ROWS = 8192

/** One training: owns the variables and the optimiser. */
export class TrainingJob {
  readonly #library: NeuralLibrary
  readonly #task: TrainingTask
  readonly #model: ModelVariables
  readonly #optimizer: ReturnType<NeuralLibrary['tf']['train']['adam']>

  constructor(library: NeuralLibrary, task: TrainingTask) {
    const { encoding, settings } = task
    this.#library = library
    this.#task = task
    this.#model = createVariables(library.tf, [encoding.width, ...settings.hidden, 1], settings.seed)
    this.#optimizer = library.tf.train.adam(settings.learningRate)
  }

  /** Epochs until the validation loss stops falling; the weights of the best one. */
  async fit(name: string, parts: Parts, progress?: (report: EpochReport) => void): Promise<Fitted> {
    const { target, settings } = this.#task
    const { epochs, patience, seed, batchRows } = settings
    const order = parts.training.slice()
    const stream = openStream(seed, 'batches')
    let best = { epoch: 0, loss: Number.POSITIVE_INFINITY, auc: 0, layers: this.#model.layers() }
    let run = 0
    while (run < epochs && run - best.epoch < patience) {
      run++
      shuffle(order, () => stream.uniform())
      for (let from = 0; from < order.length; from += batchRows)
        this.#step(order.subarray(from, from + batchRows))
      const { loss, scores } = this.#score(parts.validation)
      if (!Number.isFinite(loss)) throw new featuresErrors.NeuralNotLearnt(name, run)
      progress?.({ epoch: run, validationLoss: loss })
      if (loss < best.loss) {
        const targets = Uint8Array.from(parts.validation, (row) => target[row])
        best = { epoch: run, loss, auc: auc(scores, targets), layers: this.#model.layers() }
      }
      // Between epochs the process may answer signals.
      await setImmediate()
    }
    return { ...best, run }
  }

  #step(rows: Int32Array): void {
    const { tf } = this.#library
    const { target, settings } = this.#task
    tf.tidy(() => {
      const inputs = this.#inputs(rows)
      const targets = tf.tensor2d(
        Float32Array.from(rows, (row) => target[row]),
        [rows.length, 1],
      )
      const { grads } = tf.variableGrads(() => {
        const logits = this.#model.logits(inputs)
        // log(1 + e^z) - z y is the cross-entropy without the overflow of its textbook form.
        const entropy = tf.mean(tf.sub(tf.softplus(logits), tf.mul(logits, targets)))
        return tf.add<Scalar>(entropy, tf.mul(this.#model.squares(), settings.weightDecay))
      }, this.#model.all)
      this.#optimizer.applyGradients(Object.entries(grads).map(([name, tensor]) => ({ name, tensor })))
    })
  }

  #score(rows: Int32Array): { loss: number; scores: Float32Array } {
    const { tf } = this.#library
    const scores = new Float32Array(rows.length)
    for (let from = 0; from < rows.length; from += PREDICT_ROWS) {
      const batch = rows.subarray(from, from + PREDICT_ROWS)
      const logits = tf.tidy(() => this.#model.logits(this.#inputs(batch)).dataSync())
      scores.set(logits, from)
    }
    let sum = 0
    rows.forEach((row, place) => {
      const towards = this.#task.target[row] === 1 ? -scores[place] : scores[place]
      sum += Math.max(towards, 0) + Math.log1p(Math.exp(-Math.abs(towards)))
    })
    return { loss: sum / rows.length, scores }
  }

  #inputs(rows: Int32Array): Tensor2D {
    const { encoding, columns } = this.#task
    return this.#library.tf.tensor2d(encodeRows(encoding, columns, rows), [rows.length, encoding.width])
  }

  dispose(): void {
    this.#optimizer.dispose()
    this.#model.dispose()
  }
}
