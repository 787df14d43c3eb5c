import { syntheticUscc } from '../uscc.ts'
import { openStream, type Stream } from './random.ts'

/** What is true of an industry: share of enterprises, ln of the usual headcount and its spread, gas users, odds of default. */
interface Industry {
  readonly name: string
  readonly weight: number
  readonly logStaff: number
  readonly staffSpread: number
  /** Added to the logit of holding an own water and gas account. */
  readonly water: number
  readonly gas: number
  readonly defaultOdds: number
}

/** Mix of enterprises after the fourth economic census and county clusters; shares, sizes and odds are assumptions. */
export const INDUSTRIES: readonly Industry[] = [
  {
    name: 'wholesale_retail',
    weight: 34,
    logStaff: 1.1,
    staffSpread: 0.9,
    water: -0.5,
    gas: -1.8,
    defaultOdds: 1.05,
  },
  {
    name: 'manufacturing',
    weight: 24,
    logStaff: 2.5,
    staffSpread: 1.1,
    water: 0.8,
    gas: 1.6,
    defaultOdds: 1,
  },
  {
    name: 'leasing_business',
    weight: 9,
    logStaff: 1.4,
    staffSpread: 0.9,
    water: -0.6,
    gas: -2,
    defaultOdds: 1,
  },
  { name: 'construction', weight: 8, logStaff: 2.2, staffSpread: 1, water: 0, gas: -1.5, defaultOdds: 1.4 },
  {
    name: 'research_technical',
    weight: 5,
    logStaff: 1.7,
    staffSpread: 0.9,
    water: -0.3,
    gas: -1.5,
    defaultOdds: 0.7,
  },
  {
    name: 'transport_storage',
    weight: 5,
    logStaff: 1.8,
    staffSpread: 1,
    water: -0.2,
    gas: -1,
    defaultOdds: 1.2,
  },
  { name: 'agriculture', weight: 4, logStaff: 1.4, staffSpread: 0.9, water: 0.2, gas: -2, defaultOdds: 1.1 },
  { name: 'information', weight: 3, logStaff: 1.6, staffSpread: 0.9, water: -0.6, gas: -2, defaultOdds: 0.8 },
  { name: 'hotel_catering', weight: 2, logStaff: 2, staffSpread: 0.8, water: 1, gas: 2, defaultOdds: 1.5 },
  { name: 'other', weight: 6, logStaff: 1.4, staffSpread: 0.9, water: 0, gas: -1, defaultOdds: 1 },
]

/** GB/T 2260 codes of Cangzhou with the statistical codes of its three zones, and each one's share of enterprises. */
const REGIONS: readonly (readonly [code: string, weight: number])[] = [
  ['130902', 8],
  ['130903', 9],
  ['130921', 7],
  ['130922', 5],
  ['130923', 5],
  ['130924', 3],
  ['130925', 7],
  ['130926', 5],
  ['130927', 6],
  ['130928', 3],
  ['130929', 6],
  ['130930', 5],
  ['130971', 2],
  ['130972', 2],
  ['130973', 3],
  ['130981', 7],
  ['130982', 9],
  ['130983', 7],
  ['130984', 8],
]

/** Regions whose economy is a manufacturing cluster: pipe fittings, castings, hardware, packaging, chemicals. */
const CLUSTERS = new Set(['130923', '130925', '130927', '130930', '130973', '130981'])

/** The enterprises of a made-up city, one entry each. `health` and `discipline` are what no department can see directly. */
export interface Firms {
  readonly size: number
  /** The first so many are enterprises (prefix 91), the others individual businesses (prefix 92). */
  readonly enterprises: number
  readonly ids: readonly string[]
  readonly industry: Uint8Array
  /** Standard normal, 0 = usual; economic strength. */
  readonly health: Float64Array
  /** Standard normal, 0 = usual; willingness to pay and file on time. */
  readonly discipline: Float64Array
  readonly logStaff: Float64Array
  readonly ageMonths: Float64Array
}

/**
 * Makes the enterprises of a city; the same sizes and seed give the same ones, and individual businesses leave the enterprises
 * as they were.
 */
export function makeFirms(enterprises: number, seed: number, individuals = 0): Firms {
  const size = enterprises + individuals
  const firms: Firms = {
    size,
    enterprises,
    ids: Array.from({ length: size }),
    industry: new Uint8Array(size),
    health: new Float64Array(size),
    discipline: new Float64Array(size),
    logStaff: new Float64Array(size),
    ageMonths: new Float64Array(size),
  }
  drawEnterprises(firms, openStream(seed, 'firms'))
  drawIndividuals(firms, openStream(seed, 'individuals'))
  return firms
}

const REGION_WEIGHTS = REGIONS.map(([, weight]) => weight)
const USUAL = INDUSTRIES.map((industry) => industry.weight)
const CLUSTERED = INDUSTRIES.map(({ name, weight }) => (name === 'manufacturing' ? 2.2 * weight : weight))
/** 4.4 % primary, 6 % secondary, 89.6 % tertiary sector (design/domain.md 6.2); the split of the tertiary is an assumption. */
const INDIVIDUAL = [58, 5, 2, 1, 0.6, 7, 4.4, 1, 12, 9]

function drawEnterprises(firms: Firms, stream: Stream): void {
  for (let firm = 0; firm < firms.enterprises; firm++) {
    const region = REGIONS[stream.pick(REGION_WEIGHTS)][0]
    const industry = stream.pick(CLUSTERS.has(region) ? CLUSTERED : USUAL)
    drawFirm(firms, firm, stream, syntheticUscc(region, firm), industry)
  }
}

function drawIndividuals(firms: Firms, stream: Stream): void {
  for (let firm = firms.enterprises; firm < firms.size; firm++) {
    const region = REGIONS[stream.pick(REGION_WEIGHTS)][0]
    drawFirm(firms, firm, stream, syntheticUscc(region, firm, '92'), stream.pick(INDIVIDUAL))
    // A family and a helper or two, whatever the trade.
    firms.logStaff[firm] = Math.min(2, 0.35 * firms.logStaff[firm])
  }
}

function drawFirm(firms: Firms, firm: number, stream: Stream, id: string, industry: number): void {
  ;(firms.ids as string[])[firm] = id
  firms.industry[firm] = industry
  firms.health[firm] = stream.normal()
  firms.discipline[firm] = stream.normal()
  const { logStaff, staffSpread } = INDUSTRIES[industry]
  firms.logStaff[firm] = Math.max(0, logStaff + staffSpread * stream.normal() + 0.2 * firms.health[firm])
  firms.ageMonths[firm] = Math.floor(6 + 66 * Math.exp(0.75 * stream.normal()))
}
