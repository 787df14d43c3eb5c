/** The input of a model card, made up, with everything that a card may have. */
import { bandMetrics, type ModelCardInput, scoreDistribution } from '../../models/index.ts'
import { generator } from './synthetic.ts'

export function cardInput(): ModelCardInput {
  const random = generator(11)
  const scores = Int32Array.from({ length: 3000 }, () => Math.round(400 + 500 * (random() + random()) * 0.5))
  const band = (from: number, to: number, n: number, bad: number, expected: number) => ({
    ...{ from, to, firms: 600, n, bad, expected },
  })
  const test = [
    band(400, 560, 152.3, 41.2, 0.22),
    band(561, 620, 149.8, 17.9, 0.1),
    band(621, 690, 160.1, -2.4, 0.03),
    band(691, 900, 140.6, 1.2, 0.01),
  ]
  const metrics = bandMetrics(test, 5.7)
  return {
    run: 'run-0123456789ab',
    planHash: 'ab'.repeat(32),
    createdAt: '2026-11-24T02:10:00.000Z',
    purpose: 'joint scorecard for lending to small firms',
    p0: 0.09,
    calibration: { intercept: -0.1, slope: 1.05, calibrated: true },
    training: {
      rows: 1800,
      labelled: 1777,
      bads: 177,
      rounds: 8,
      depth: null,
      bins: 10,
      lambda: 100,
      sigma: 4,
    },
    plan: {
      firms: 3000,
      trainFolds: [2, 3, 4],
      labelHolders: 3,
      challenges: 2,
      evaluations: 3,
      authorisation: { version: 7, publicOnly: 123 },
      flags: ['allow-two'],
      warnings: ['about 177 defaults to learn from'],
    },
    outcome: { accepted: true, refusal: null },
    providers: [
      {
        ...{ name: 'water', publicData: false, bins: 10, width: 7, firms: 2877, occupancy: 2 },
        ...{ auditedOccupancy: null, trainedOn: 'authorised', grade: 'C2' },
        columns: [
          { name: 'usage', kind: 'numeric', bins: 4 },
          { name: 'arrears', kind: 'categorical', bins: 3 },
        ],
      },
    ],
    metrics: { train: metrics, validation: metrics, test: metrics },
    countSd: 5.7,
    bands: { train: test, validation: test, test },
    grades: [
      ...[{ grade: 'AAA-A', from: 686, to: 1000, firms: 900, labelled: 403, bads: 2.2, expectedRate: 0.007 }],
      ...[{ grade: 'BBB-C', from: 0, to: 685, firms: 2100, labelled: 1404, bads: 180, expectedRate: 0.13 }],
    ],
    scores: scoreDistribution(scores),
    stability: {
      restAgainstTraining: 0.004,
      labelledAgainstAll: 0.131,
      lastModel: { run: 'run-a', value: 0.31 },
    },
    whitelist: { listed: 900, cut: 686, meanPd: 0.0112, excluded: 31, targetPd: 0.03 },
    privacy: { epsilon: 8.1, epsilonCounted: 62.5, delta: 1e-6 },
    learned: [{ party: 'platform', learns: 'shares', learnsZh: '份额' }],
    limits: [{ en: 'for reference', zh: '仅供参考' }],
  }
}
