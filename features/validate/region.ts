/** Where the lists of this page come from. */
export const REGION_EDITION = 'GB/T 2260-2007 (provinces; Cangzhou as of 2022); zones: statistical codes'

/** The regions of Cangzhou, and the codes that statistics use for its three zones, which GB/T 2260 itself does not have. */
export const CANGZHOU_REGIONS: ReadonlyMap<string, string> = new Map([
  ['130900', '沧州市'],
  ['130901', '市辖区'],
  ['130902', '新华区'],
  ['130903', '运河区'],
  ['130921', '沧县'],
  ['130922', '青县'],
  ['130923', '东光县'],
  ['130924', '海兴县'],
  ['130925', '盐山县'],
  ['130926', '肃宁县'],
  ['130927', '南皮县'],
  ['130928', '吴桥县'],
  ['130929', '献县'],
  ['130930', '孟村回族自治县'],
  ['130971', '河北沧州经济开发区'],
  ['130972', '沧州高新技术产业开发区'],
  ['130973', '沧州渤海新区'],
  ['130981', '泊头市'],
  ['130982', '任丘市'],
  ['130983', '黄骅市'],
  ['130984', '河间市'],
])

/** First four digits of every region of Cangzhou. */
export const CANGZHOU_PREFIX = '1309'

/** First two digits of a region code: provinces, autonomous regions, municipalities, special administrative regions. */
export const PROVINCES: ReadonlySet<string> = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82'.split(
    ' ',
  ),
)

/** Identity numbers also begin with 83: residence permits of people from Taiwan. */
export const RESIDENT_PROVINCES: ReadonlySet<string> = new Set([...PROVINCES, '83'])

/** Credit codes also begin with 10 as their region: enterprises registered with the State. */
export const USCC_PROVINCES: ReadonlySet<string> = new Set([...PROVINCES, '10'])

export type RegionRule = 'region-form' | 'region-unknown'

/**
 * Checks a region code of GB/T 2260: six digits; inside Cangzhou one of its list, elsewhere with the digits of a province.
 *
 * @param further codes of a list of one's own, taken as they are
 * @returns null for a known code, else the first rule that it breaks
 */
export function checkRegion(code: string, further: ReadonlySet<string> = new Set()): RegionRule | null {
  if (!/^\d{6}$/.test(code)) return 'region-form'
  if (further.has(code) || CANGZHOU_REGIONS.has(code)) return null
  return PROVINCES.has(code.slice(0, 2)) && !code.startsWith(CANGZHOU_PREFIX) ? null : 'region-unknown'
}
