/** Local boosting of a provider: small trees on its own columns against the residual that all providers share. */
import { NO_BIN } from './basis.ts'
import { modelsErrors } from './errors.ts'
import { requireInteger, requireLength, requirePositive } from './settings.ts'
import { type BestSplit, bestSplit, type SplitColumn, type SplitRule } from './split.ts'
import { descend, leavesOf, ROOT, rootOf, type Split, type Tree } from './tree.ts'

/** The ridge of a leaf, in units of the plan's lambda (protocol.md section 2). */
const LEAF_RIDGE = 4

export interface BoostingOptions {
  /** One array of basis indices per column over the training rows; `NO_BIN` where a row holds nothing. */
  readonly codes: readonly Uint8Array[]
  readonly width: number
  readonly columns: readonly SplitColumn[]
  /** Labelled rows per training row. */
  readonly c: number
  readonly lambda: number
  /** Levels of splits of a tree. */
  readonly depth: number
  /** What of the best value of a leaf is taken. */
  readonly shrinkage: number
  /** Least training rows of a leaf. */
  readonly leastRows: number
}

/** What a node keeps to resume between two trees. */
export interface BoostingState {
  readonly width: number
  readonly trees: readonly Tree[]
}

/** A tree while it grows. */
interface Growth {
  level: number
  readonly node: Uint8Array
  readonly splits: (Split | null)[]
  readonly values: number[]
  /** By node: residual and training rows per basis index, of the nodes of the level that is asked about and the one before. */
  readonly sums: Map<number, Float64Array>
}

/**
 * Every tree of depth d takes d gradients. The first is that of the committed columns themselves; the one of level l >= 1 is
 * that of the left children of the 2^(l-1) nodes before, one range of `width` entries each, because the right child's is what
 * remains of the parent's. A leaf's value is -shrinkage * G/(4096*(c*rows + 4*lambda)), rounded to 1/4096: the residual D is
 * already divided by s (protocol.md section 2). Only + - * / and Math.round, in a fixed order.
 */
export class LocalBoosting {
  readonly #options: BoostingOptions
  readonly #rule: SplitRule
  readonly #totals: Float64Array
  /** Where every tree's rows start. */
  readonly #root: Uint8Array
  #trees: Tree[] = []
  #growth: Growth

  /** @throws SettingInvalid, ColumnLength */
  constructor(options: BoostingOptions) {
    const { width, codes, depth, c, lambda, shrinkage, leastRows } = options
    requireInteger('width', width, 0, NO_BIN - 1)
    requireInteger('depth', depth, 1, 4)
    requireInteger('leastRows', leastRows, 1, 2 ** 31)
    requirePositive('c', c)
    requirePositive('lambda', lambda)
    requirePositive('shrinkage', shrinkage)
    const rows = codes[0]?.length ?? 0
    codes.forEach((column, at) => {
      requireLength(`Coded column ${at}`, column.length, rows)
    })
    this.#options = options
    this.#rule = { c, ridge: LEAF_RIDGE * lambda, leastRows }
    this.#totals = new Float64Array(rows)
    this.#root = rootOf(codes)
    this.#growth = this.#seed()
  }

  /** 4096 times the sum of all finished trees, whole numbers, one a training row. Not to be written to. */
  get totals(): Float64Array {
    return this.#totals
  }

  get trees(): readonly Tree[] {
    return this.#trees
  }

  /** The level that the next gradient is about; 0 between two trees. */
  get level(): number {
    return this.#growth.level
  }

  /**
   * The columns that the next gradient is about: one list of codes for each left child, `NO_BIN` where a row is elsewhere.
   * Of the root there is one list, the committed columns.
   */
  get asked(): readonly (readonly Uint8Array[])[] {
    const { codes } = this.#options
    const { node } = this.#growth
    return this.#askedNodes().map((asked) =>
      asked === ROOT
        ? codes
        : codes.map((column) => column.map((code, row) => (node[row] === asked ? code : NO_BIN))),
    )
  }

  /**
   * Grows one level.
   * @param gradient sums of the residual, lifted, in units of 1/4096: `width` entries for each list of {@link asked}
   * @throws GradientInvalid; the state is then unchanged
   */
  advance(gradient: Float64Array): void {
    const { width, depth } = this.#options
    const growth = this.#growth
    const asked = this.#askedNodes()
    const step = this.#trees.length * depth + growth.level + 1
    const expected = asked.length * width
    if (gradient.length !== expected)
      throw new modelsErrors.GradientInvalid(step, `${gradient.length} entries`, expected)
    const wrong = gradient.findIndex((value) => !Number.isFinite(value))
    if (wrong >= 0) throw new modelsErrors.GradientInvalid(step, `entry ${wrong} is not finite`, expected)
    asked.forEach((node, at) => {
      const own = gradient.slice(at * width, (at + 1) * width)
      growth.sums.set(node, own)
      const parent = growth.sums.get(node >> 1)
      if (parent)
        growth.sums.set(
          node + 1,
          parent.map((sum, bin) => sum - own[bin]),
        )
    })
    const first = 2 ** growth.level
    for (let node = first; node < 2 * first; node++) this.#grow(node)
    growth.level++
    if (growth.level === depth) this.#finish()
  }

  toJSON(): BoostingState {
    return { width: this.#options.width, trees: this.#trees }
  }

  /**
   * Resumes between two trees.
   * @throws StateInvalid, and what the constructor throws
   */
  static fromJSON(state: BoostingState, options: BoostingOptions): LocalBoosting {
    const boosting = new LocalBoosting(options)
    if (state.width !== options.width) throw new modelsErrors.StateInvalid('width')
    for (const tree of state.trees) {
      const fits =
        tree.depth === options.depth &&
        tree.splits.length === 2 ** options.depth &&
        tree.values.length === 2 ** (options.depth + 1) &&
        tree.values.every(Number.isInteger) &&
        tree.splits.every((split) => split === null || options.columns[split.column] !== undefined)
      if (!fits) throw new modelsErrors.StateInvalid('trees')
      boosting.#add(tree, leavesOf(tree, options.codes, boosting.#root))
    }
    return boosting
  }

  /** Left children at the level, or the root. */
  #askedNodes(): number[] {
    const { level } = this.#growth
    return level === 0 ? [ROOT] : Array.from({ length: 2 ** (level - 1) }, (_, at) => 2 ** level + 2 * at)
  }

  #seed(): Growth {
    const { depth } = this.#options
    return {
      level: 0,
      node: this.#root.slice(),
      splits: new Array<Split | null>(2 ** depth).fill(null),
      values: new Array<number>(2 ** (depth + 1)).fill(0),
      sums: new Map(),
    }
  }

  /** Splits a node, or leaves it a leaf with the value that its parent gave it. */
  #grow(node: number): void {
    const { codes, columns } = this.#options
    const { splits, values, sums } = this.#growth
    if (node > ROOT && splits[node >> 1] === null) return
    const found = bestSplit(columns, sums.get(node) as Float64Array, this.#rowsPerBin(node), this.#rule)
    if (!found) return
    const { split, rows, sums: own } = smallerLeft(found, columns)
    splits[node] = split
    values[node] = 0
    values[2 * node] = this.#value(own[0], rows[0])
    values[2 * node + 1] = this.#value(own[1], rows[1])
    descend(codes, this.#growth.node, node, split)
  }

  #value(sum: number, rows: number): number {
    const { c, ridge } = this.#rule
    // + 0 turns -0 into 0.
    return Math.round((-this.#options.shrinkage * sum) / (c * rows + ridge)) + 0
  }

  #rowsPerBin(at: number): Float64Array {
    const { codes, width } = this.#options
    const counts = new Float64Array(NO_BIN + 1)
    const { node } = this.#growth
    for (const column of codes) {
      for (let row = 0; row < node.length; row++) if (node[row] === at) counts[column[row]]++
    }
    return counts.slice(0, width)
  }

  #finish(): void {
    const { splits, values, node } = this.#growth
    this.#add({ depth: this.#options.depth, splits, values }, node)
    this.#growth = this.#seed()
  }

  #add(tree: Tree, leaves: Uint8Array): void {
    this.#trees.push(tree)
    for (let row = 0; row < leaves.length; row++) this.#totals[row] += tree.values[leaves[row]]
  }
}

/** The same split with the smaller child on the left, so that rows that hold nothing in the column stay with the many. */
function smallerLeft({ split, sums, rows }: BestSplit, columns: readonly SplitColumn[]): BestSplit {
  if (rows[0] <= rows[1]) return { split, sums, rows }
  const { from, to } = columns[split.column]
  const left = Array.from({ length: to - from }, (_, at) => from + at).filter(
    (bin) => !split.left.includes(bin),
  )
  return { split: { column: split.column, left }, sums: [sums[1], sums[0]], rows: [rows[1], rows[0]] }
}
