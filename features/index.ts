export type {
  CatalogueClass,
  CatalogueField,
  Condition,
  FieldType,
  Grade,
  ModelUse,
  Operand,
  Rule,
  Severity,
} from './catalogue/class-types.ts'
export { exportCatalogue, importCatalogue } from './catalogue/exchange-catalogue.ts'
export { type Catalogue, classOf, loadCatalogue } from './catalogue/load-catalogue.ts'
export type { CitySizeName } from './city/raw/sizes.ts'
export {
  type CityProgress,
  type RawCity,
  type RawCityOptions,
  writeRawCity,
} from './city/raw/write-raw-city.ts'
export {
  type CategoricalColumn,
  CELL,
  type CellState,
  type Column,
  type ColumnDeclaration,
  type ColumnType,
  type NumericColumn,
  type Trend,
} from './columns.ts'
export { type DataSection, dataSection, type FeatureSection, type SourceSection } from './data-section.ts'
export { type Dataset, type DatasetParty, openDataset } from './dataset.ts'
export { dealProviders, nameLabelHolders, type Provider, type TableSource } from './deal.ts'
export { featuresErrors } from './errors.ts'
export type { ExclusionOp, ExclusionRule } from './exclusion.ts'
export { loadBuiltinSets } from './extract/builtin-sets.ts'
export type { ExtractorIdentity, FeatureCard, FeatureTable, IntegerColumn } from './extract/card-types.ts'
export { type ExtractionRequest, extractFeatures } from './extract/extract-features.ts'
export { type FeatureSet, selectFeatures } from './extract/feature-set.ts'
export { type FieldRead, highestGrade } from './extract/fields-read.ts'
export { layFeatures } from './extract/lay-features.ts'
export { runNeural } from './extract/neural/run-neural.ts'
export type { NeuralSettings } from './extract/neural/settings.ts'
export type { DatedFeatures, NeuralTarget } from './extract/neural/target.ts'
export {
  type ExtractorTraining,
  type TrainingNote,
  trainExtractor,
} from './extract/neural/train-extractor.ts'
export type { EpochReport } from './extract/neural/training-job.ts'
export { type OnnxLimits, runOnnx } from './extract/onnx.ts'
export type { OnnxDeclaration, OnnxOutput } from './extract/onnx-declaration.ts'
export { loadOwnSet, type OwnSql, runOwnSql } from './extract/own-sql.ts'
export { runtimeLoads } from './extract/runtime-loads.ts'
export type { SqlLimits } from './extract/sealed-run.ts'
export { readFeatureFile, writeFeatureFile } from './feature-file.ts'
export { writeLabelTable, writeProviderTables } from './hand-out.ts'
export type { IdScheme } from './id-rule.ts'
export { jsonFault } from './json-fault.ts'
export { type LaidFeatures, layGroups } from './lay-groups.ts'
export { type Labels, type LoadOptions, loadColumns, loadExclusions, loadLabels } from './load.ts'
export type { FeatureGroup } from './make-features.ts'
export type { LabelHolder } from './manifest.ts'
export type { LoanCounts, RuleCount } from './outcomes/compute-outcomes.ts'
export { defineLoans } from './outcomes/define-loans.ts'
export { defineOutcome, type OutcomeDefinition, type OutcomeSettings } from './outcomes/definition.ts'
export {
  type EnterpriseCounts,
  type FrozenSource,
  freezeOutcomes,
  type LabelledEnterprises,
  type LabelSnapshot,
  type SnapshotRecord,
} from './outcomes/freeze.ts'
export { freezeLoans } from './outcomes/freeze-loans.ts'
export { inspectLoans, type LoanInspection, type PlacedRule } from './outcomes/inspect-loans.ts'
export { type LoansSection, loansSection } from './outcomes/loans-section.ts'
export { checkSnapshot, type WrittenSnapshot, writeSnapshot } from './outcomes/snapshot-file.ts'
export { inspectProviderData, type PreparedData, prepareProviderData } from './provider-data.ts'
export { createRoster, type Roster, readRoster, writeRoster } from './roster.ts'
export { readerLoads } from './source/reader-loads.ts'
export {
  openSession,
  openWorkSession,
  removeLeftFolders,
  type Session,
  type SessionOptions,
} from './source/session.ts'
export type {
  DatabaseSource,
  Delimiter,
  FileSource,
  SourceDeclaration,
  StagedTable,
} from './source/source-types.ts'
export { stageSource } from './source/stage.ts'
export { tableIdentity } from './table-identity.ts'
export { type OwnTarget, trainFromSources } from './train-from-sources.ts'
export {
  checkOrganisationCode,
  checkUscc,
  SYNTHETIC_SERIAL_MAX,
  syntheticUscc,
  USCC_RULES,
  type UsccRule,
} from './uscc.ts'
export { describeReport } from './validate/describe-report.ts'
export {
  INDUSTRY_EDITIONS,
  type IndustryEdition,
  type IndustryReading,
  type IndustryRule,
  industryOf2017,
  readIndustry,
} from './validate/industry.ts'
export { CANGZHOU_REGIONS, checkRegion, REGION_EDITION, type RegionRule } from './validate/region.ts'
export type {
  BatchReport,
  BothLanguages,
  BrokenRule,
  ReportSeverity,
  ValidationRequest,
} from './validate/request.ts'
export { checkResidentId, type ResidentIdRule } from './validate/resident-id.ts'
export {
  SIZE_CLASS_TITLES,
  type SizeClass,
  type SizeFigures,
  type SizeIndustry,
  sizeClass,
  sizeIndustry,
} from './validate/size-class.ts'
export { validateRecords } from './validate/validate-records.ts'
export { earliestInTime, isWorkingDay } from './validate/working-days.ts'
export { writeQuarantine } from './validate/write-quarantine.ts'
