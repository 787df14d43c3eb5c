/** A provider's columns in one run: cut into bins, committed to, laid out in a secret order for the encryption. */
import { freshResidues, NO_COLUMN, type PackedColumns, type Suite } from '../../engine/index.ts'
import { type Basis, buildBasis, type Column, encodeBasis } from '../../models/index.ts'
import type { TrainedOn } from '../authorisation/data-use.ts'
import { type CommittedColumn, commitColumns } from '../column-commitment.ts'
import type { Body } from '../messages/schema.ts'
import { MAX_COLUMNS, type PlanProvider } from '../plan.ts'
import { canonicalExtractors, type Provenance } from '../provenance.ts'
import type { RunSecret } from '../run-secret.ts'

export class ProviderColumns {
  readonly basis: Basis
  /** One array per column: the basis column that each training row occupies. */
  readonly codes: readonly Uint8Array[]
  /** order[j] = basis index of the column that travels at position j: uniform, so that the gate sees anonymous counts. */
  readonly order: Int32Array
  readonly #ready: Body<'basis.ready'>

  /**
   * @param columns as far as they may be used for training
   * @param rows training rows of the roster
   */
  constructor(
    suite: Suite,
    secret: RunSecret,
    data: {
      readonly columns: readonly Column[]
      readonly trainedOn: TrainedOn
      readonly provenance: Provenance
    },
    rows: Int32Array,
    bins: number,
  ) {
    const { columns, trainedOn, provenance } = data
    const basis = buildBasis(columns, { bins, rows, maxWidth: MAX_COLUMNS })
    this.basis = basis
    this.codes = encodeBasis(basis, columns, rows)
    const committed = basis.columns.map(
      (column, index): CommittedColumn => ({
        salt: secret.seed('column salt', index),
        description: JSON.stringify(column),
        codes: this.codes[index],
      }),
    )
    const keys = freshResidues(secret.random('column order'), basis.width)
    this.order = Int32Array.from({ length: basis.width }, (_, index) => index).sort(
      (a, b) => keys[a] - keys[b],
    )
    this.#ready = {
      bins: basis.bins,
      width: basis.width,
      occupancy: basis.columns.length,
      trainedOn,
      commitment: commitColumns(suite, basis.width, committed),
      runSecret: secret.commitment,
      columns: basis.columns.map(({ name, kind, from, to }) => ({ name, kind, bins: to - from })),
      dropped: basis.dropped.map(({ name, reason }) => ({ name, reason })),
      extractors: canonicalExtractors(provenance.extractors),
      grade: provenance.grade,
    }
  }

  /** What the platform is told, and the plan repeats. */
  get ready(): Body<'basis.ready'> {
    return this.#ready
  }

  /** True if the plan says of this provider what this provider said itself. */
  areIn(entry: PlanProvider | undefined): boolean {
    const { width, occupancy, trainedOn, bins, commitment, runSecret, columns, extractors, grade } =
      this.#ready
    return (
      entry !== undefined &&
      entry.width === width &&
      entry.occupancy === occupancy &&
      entry.trainedOn === trainedOn &&
      entry.bins === bins &&
      entry.commitment === commitment &&
      entry.runSecret === runSecret &&
      entry.grade === grade &&
      JSON.stringify(entry.columns) === JSON.stringify(columns) &&
      JSON.stringify(entry.extractors) === JSON.stringify(extractors)
    )
  }

  /** Training rows of every bin. */
  get rowsPerBin(): Float64Array {
    return Float64Array.from(this.basis.columns.flatMap((column) => column.bins.map((bin) => bin.rows)))
  }

  /**
   * Columns in their secret order, as the engine takes them.
   * @param own codes over the training rows; the committed ones without it
   */
  packed(rows: number, own: readonly Uint8Array[] = this.codes): PackedColumns {
    const position = new Uint8Array(256).fill(NO_COLUMN)
    this.order.forEach((index, at) => {
      position[index] = at
    })
    const codes = own.map((column) => column.map((code) => position[code]))
    return { rows, width: this.basis.width, codes }
  }
}
