export { additivePoints, additiveTotals } from './additive.ts'
export { bandOf, type GradeBand, gradeBands, type ScoreBands, scoreBands } from './bands.ts'
export {
  type Basis,
  type BasisColumn,
  type BasisOptions,
  type Bin,
  buildBasis,
  NO_BIN,
  type SpecialBin,
} from './basis.ts'
export type { BoostingOptions } from './boosting.ts'
export { isotonic, type LogitBand, type PlattResult, platt } from './calibration.ts'
export {
  type ProviderScorecard,
  type ProviderScorecardInput,
  providerScorecard,
  type ScorecardUse,
} from './card.ts'
export {
  type CheckedWeights,
  type ChosenColumn,
  type ColumnChoice,
  type ColumnRules,
  checkSigns,
  chooseColumns,
  groupsOf,
  leakyColumns,
} from './column-choice.ts'
export { type ColumnDrift, columnDrift } from './column-drift.ts'
export { columnAuc, correlations, type Totals, varianceInflation, withWithheld } from './column-figures.ts'
export {
  SELECTION_RULES,
  type Selected,
  type SelectionRules,
  selectColumns,
} from './column-selection.ts'
export {
  authorisedOnly,
  type CategoricalColumn,
  CELL,
  type CellState,
  type Column,
  type NumericColumn,
} from './columns.ts'
export { type CurvatureScale, type Expansion, expandAt, levelOf } from './curvature.ts'
export { encodeBasis } from './encode-basis.ts'
export { modelsErrors } from './errors.ts'
export {
  boosterEstimator,
  type Estimator,
  type EstimatorState,
  type FittedPart,
  pointsOfRows,
  pointTrees,
  scorecardEstimator,
} from './estimator.ts'
export { fitLogistic, type LogisticModel, type LogisticOptions, logisticTotals } from './logistic.ts'
export { mergeBins } from './merge-bins.ts'
export type { MergedBin, MergedColumn } from './merged-card.ts'
export { auc, aucStandardError } from './metrics/auc.ts'
export { bandCurve, type CurvePoint } from './metrics/band-curve.ts'
export { type Band, type BandMetrics, bandMetrics } from './metrics/band-metrics.ts'
export { type BandRate, bandRate } from './metrics/band-rate.ts'
export { bandBrier } from './metrics/brier.ts'
export { type Interval, interval95 } from './metrics/interval.ts'
export { ks } from './metrics/ks.ts'
export { rankAuc, rankColumn } from './metrics/rank-column.ts'
export { firmsBetween, type ScoreDistribution, scoreDistribution } from './metrics/score-distribution.ts'
export {
  type DriftState,
  populationStability,
  STABILITY_LIMITS,
  stabilityState,
} from './metrics/stability.ts'
export { type EvaluatedBand, type ModelCard, type ModelCardInput, modelCard } from './model-card.ts'
export {
  KS_LIMIT,
  type OutcomeDrift,
  outcomeDrift,
  type ScoreDrift,
  scoreDrift,
  type Tenths,
} from './model-drift.ts'
export {
  BIN_RULES,
  type BinRules,
  checkBinRules,
  type FineCount,
  optimalBins,
  TRENDS,
  type Trend,
} from './optimal-bins.ts'
export { poolWeights } from './pool-weights.ts'
export { pointsOfColumns } from './score-columns.ts'
export {
  type Calibration,
  GRADES,
  gradeOf,
  logitOfTotal,
  offsetHundredths,
  pdOfScore,
  pointsPerBin,
  publishScore,
  SCALE,
  scoreOfPd,
} from './scorecard.ts'
export { LocalStep, STEP_UNIT, type StepOptions, type StepScale, type StepState } from './step.ts'
export { TiedStep } from './tied-step.ts'
export {
  selectWhitelist,
  WHITELIST_STATUS,
  type WhitelistInput,
  type WhitelistSelection,
} from './whitelist.ts'
export { type BinCount, type WoeTable, woeTable } from './woe.ts'
