import { type Firms, INDUSTRIES } from '../firms.ts'
import { openStream } from '../random.ts'

/** A trade of GB/T 4754-2017 with what it does with water and gas. Usage and shares are assumptions (design/domain.md 6.4). */
export interface Trade {
  /** Section letter and four digits. */
  readonly code: string
  /** Ends an enterprise's name. */
  readonly word: string
  readonly weight: number
  /** Counties of which it is the cluster: there it is 15 times as frequent. */
  readonly clusters?: readonly string[]
  /** Median of a month in cubic metres, and the spread of its logarithm. */
  readonly water: number
  readonly waterSpread: number
  readonly gas: number
  readonly gasSpread: number
  /** Added to the logit of holding a gas account. */
  readonly gasNeed: number
  /** Stands still over the Spring Festival and in the month of the shock. */
  readonly produces: boolean
  /** Output is limited from November to January. */
  readonly limited: boolean
}

const COMMON = {
  weight: 1,
  water: 12,
  waterSpread: 0.8,
  gas: 300,
  gasSpread: 0.8,
  gasNeed: 0,
  produces: false,
  limited: false,
}

const MAKES = { ...COMMON, water: 180, waterSpread: 0.9, gas: 9_000, gasSpread: 1, produces: true }

type TradeTraits = Partial<Trade> & Pick<Trade, 'code' | 'word'>

const shop = (traits: TradeTraits): Trade => ({ ...COMMON, ...traits })
const works = (traits: TradeTraits): Trade => ({ ...MAKES, ...traits })
const foundry = { water: 420, gas: 25_000, gasSpread: 0.9, gasNeed: 1.6, limited: true }

/** By name of the industry. */
const TRADES: Readonly<Record<string, readonly Trade[]>> = {
  wholesale_retail: [
    shop({ code: 'F5164', word: '金属贸易', weight: 2, clusters: ['130925', '130930', '130921'] }),
    shop({ code: 'F5174', word: '五金', weight: 2, clusters: ['130927'] }),
    shop({ code: 'F5165', word: '建材', weight: 3 }),
    shop({ code: 'F5121', word: '粮油', weight: 2 }),
    shop({ code: 'F5211', word: '百货', weight: 3 }),
    shop({ code: 'F5212', word: '超市', weight: 3, water: 25 }),
    shop({ code: 'F5292', word: '网络销售', weight: 2 }),
  ],
  manufacturing: [
    works({ code: 'C3391', word: '铸造', clusters: ['130981'], ...foundry }),
    works({ code: 'C3392', word: '有色铸造', weight: 0.3, clusters: ['130981'], ...foundry }),
    works({ code: 'C3393', word: '锻造', weight: 0.7, clusters: ['130930'], gasNeed: 1.2 }),
    works({ code: 'C3525', word: '模具', weight: 1, clusters: ['130981'] }),
    works({ code: 'C3484', word: '管件', weight: 1.5, clusters: ['130930', '130925'], gasNeed: 0.6 }),
    works({ code: 'C3311', word: '管道装备', weight: 1.5, clusters: ['130925'] }),
    works({ code: 'C3482', word: '紧固件', weight: 0.8 }),
    works({ code: 'C3351', word: '五金机电', weight: 1, clusters: ['130927'] }),
    works({ code: 'C3360', word: '热处理', weight: 0.4, clusters: ['130927', '130930'], gasNeed: 1.8 }),
    works({ code: 'C3467', word: '包装机械', weight: 0.7, clusters: ['130923'] }),
    works({ code: 'C2921', word: '薄膜', weight: 0.7, clusters: ['130923'], water: 260, gasNeed: -1.5 }),
    works({ code: 'C2926', word: '包装', weight: 0.8, clusters: ['130923'], water: 260, gasNeed: -1.5 }),
    works({ code: 'C1932', word: '裘皮', weight: 0.6, clusters: ['130926'], water: 220, gas: 1_500 }),
    works({ code: 'C1819', word: '服装', weight: 0.8, clusters: ['130903'], water: 220, gas: 1_500 }),
    works({ code: 'C1411', word: '食品', weight: 0.9, clusters: ['130921'], water: 320, gas: 3_000 }),
    works({ code: 'C3831', word: '线缆', weight: 0.8, clusters: ['130984'] }),
    works({ code: 'C3912', word: '电子机箱', weight: 0.5, clusters: ['130922'] }),
    works({
      code: 'C2614',
      word: '化工',
      weight: 0.4,
      clusters: ['130973', '130983'],
      water: 4_500,
      waterSpread: 1,
      gas: 90_000,
      gasNeed: 1.4,
    }),
    works({
      code: 'C2511',
      word: '石化',
      weight: 0.2,
      clusters: ['130982'],
      water: 4_500,
      gas: 90_000,
      gasNeed: 1.4,
    }),
  ],
  leasing_business: [
    shop({ code: 'L7299', word: '商务服务', weight: 3 }),
    shop({ code: 'L7111', word: '汽车租赁' }),
  ],
  construction: [
    shop({ code: 'E4710', word: '建筑工程', weight: 2, water: 60 }),
    shop({ code: 'E4813', word: '市政工程', water: 60 }),
    shop({ code: 'E5011', word: '装饰', weight: 2, water: 20 }),
  ],
  research_technical: [shop({ code: 'M7320', word: '技术' }), shop({ code: 'M7481', word: '工程管理' })],
  transport_storage: [
    shop({ code: 'G5431', word: '运输', weight: 3, water: 20 }),
    shop({ code: 'G5990', word: '仓储', water: 20, clusters: ['130983', '130973'] }),
  ],
  agriculture: [
    shop({ code: 'A0141', word: '蔬菜种植', water: 150 }),
    shop({ code: 'A0313', word: '养殖', water: 300 }),
  ],
  information: [shop({ code: 'I6513', word: '软件', weight: 2 }), shop({ code: 'I6490', word: '互联网' })],
  hotel_catering: [
    shop({ code: 'H6210', word: '餐饮', weight: 4, water: 110, waterSpread: 0.7, gas: 700, gasSpread: 0.7 }),
    shop({ code: 'H6110', word: '宾馆', water: 400, gas: 1_500 }),
  ],
  other: [shop({ code: 'O8111', word: '汽车维修', water: 40 }), shop({ code: 'O8090', word: '生活服务' })],
}

/** All trades; a firm's trade is an index into them. */
export const ALL_TRADES: readonly Trade[] = INDUSTRIES.flatMap(({ name }) => TRADES[name])

const CLUSTER_FACTOR = 15

/** Six digits of the region in a code. */
export function regionOf(id: string): string {
  return id.slice(2, 8)
}

/** Draws the trade of every firm within its industry, by what its county is known for. */
export function drawTrades(firms: Firms, seed: number): Uint8Array {
  const stream = openStream(seed, 'trades')
  const starts = new Map<string, number>()
  let start = 0
  for (const { name } of INDUSTRIES) {
    starts.set(name, start)
    start += TRADES[name].length
  }
  const weights = new Map<string, number[]>()
  const trades = new Uint8Array(firms.size)
  for (let firm = 0; firm < firms.size; firm++) {
    const { name } = INDUSTRIES[firms.industry[firm]]
    const region = regionOf(firms.ids[firm])
    const key = name + region
    let mix = weights.get(key)
    if (mix === undefined) {
      mix = TRADES[name].map(({ weight, clusters }) =>
        clusters?.includes(region) ? CLUSTER_FACTOR * weight : weight,
      )
      weights.set(key, mix)
    }
    trades[firm] = (starts.get(name) as number) + stream.pick(mix)
  }
  return trades
}
