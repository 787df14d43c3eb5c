/** engine/: computing on what may not be seen. Knows no credit, no network, no disk, no clock. */
export { chargeOf, epsilonOf } from './accountant.ts'
export type { CrossAnswer, CrossQuery, CrossVectors } from './bfv/cross.ts'
export type { LinearAnswer } from './bfv/linear.ts'
export type { LinearQuery } from './bfv/linear-owner.ts'
export {
  columnCount,
  innerProducts,
  NO_COLUMN,
  type PackedColumns,
  type Packing,
} from './bfv/packing.ts'
export { DEFAULT_MEGABITS, packingFor } from './bfv/packing-choice.ts'
export { QUERY_BYTES } from './bfv/wire.ts'
export { engineErrors } from './errors.ts'
export {
  addInto,
  addMultipleInto,
  addProductInto,
  combineResidues,
  gather,
  lift,
  mulmod,
  packResidues,
  residueOf,
  subtractInto,
  sumResidues,
  T,
  unpackResidues,
} from './field.ts'
export {
  assertInRange,
  assertLogisticInRange,
  BAD_UNIT,
  type LogisticScale,
  logisticScale,
  MAX_BIN_LABELS,
  MAX_LABELS,
  MAX_PROVIDERS,
  type ResidualScale,
  residualScale,
  splitCounts,
  TOTAL_BOUND,
  UNIT,
} from './fixed-point.ts'
export { gaussianNoise, type RandomBytes } from './noise.ts'
export { parametersDigest } from './parameters-digest.ts'
export {
  type CrossOwnerHandle,
  directHost,
  type EngineHost,
  type LinearOwnerHandle,
  type LinearResponderHandle,
  systemRandom,
} from './pool/host.ts'
export { threadHost } from './pool/threads.ts'
export {
  addWords,
  keyHolderShare,
  keyHolderWords,
  maskResidues,
  maskWords,
  type PairSecrets,
  subtractWords,
} from './shares.ts'
export {
  freshNonzeroResidue,
  freshResidues,
  LabelGuard,
  SHARE_BLOCK,
  type StreamLabel,
  uniformResidues,
} from './stream.ts'
export { international } from './suite/international.ts'
export { national } from './suite/national.ts'
export type { KeyPair, Suite } from './suite/suite.ts'
export { SUITE_NAMES, type SuiteName, suiteNamed } from './suite/suites.ts'
