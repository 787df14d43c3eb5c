import { regionOf } from './trades.ts'

/** GB/T 2260 names of the counties, short as in an enterprise's name. */
const COUNTIES: Readonly<Record<string, string>> = {
  '130902': '新华区',
  '130903': '运河区',
  '130921': '沧县',
  '130922': '青县',
  '130923': '东光',
  '130924': '海兴',
  '130925': '盐山',
  '130926': '肃宁',
  '130927': '南皮',
  '130928': '吴桥',
  '130929': '献县',
  '130930': '孟村',
  '130971': '开发区',
  '130972': '高新区',
  '130973': '渤海新区',
  '130981': '泊头',
  '130982': '任丘',
  '130983': '黄骅',
  '130984': '河间',
}

const SYLLABLES = [
  ...'安邦博昌诚达德鼎丰福广国海航浩和恒宏华辉汇吉佳嘉建金锦聚凯康利联龙隆茂美明铭宁鹏庆荣瑞润盛世硕泰天通同万旺伟翔祥新信兴旭亚阳益盈宇源远悦泽振正志中众',
]

/** The short name of a county. */
export function countyName(region: string): string {
  return COUNTIES[region]
}

/**
 * The registered name of a firm. Every one holds the word 虚拟, made up, so that it cannot be that of a real enterprise; the
 * three syllables before the trade count firms, so that within 200,000 or so none comes twice.
 */
export function firmName(id: string, firm: number, word: string, individual: boolean): string {
  const base = SYLLABLES.length
  // An odd factor without a divisor of the base walks through all combinations in an order that looks like none.
  let number = (firm * 48_271) % base ** 3
  let syllables = ''
  for (let i = 0; i < 3; i++) {
    syllables += SYLLABLES[number % base]
    number = Math.floor(number / base)
  }
  const county = countyName(regionOf(id))
  return individual ? `${county}虚拟${syllables}${word}经营部` : `${county}虚拟${syllables}${word}有限公司`
}

/** What other departments write for the same name: other brackets, another legal form in words, spaces, the city in front. */
export function nameVariant(name: string, kind: number): string {
  switch (kind % 4) {
    case 0:
      return name.replace('有限公司', '有限责任公司')
    case 1:
      return `${name.slice(0, 4)} ${name.slice(4)}`
    case 2:
      return `沧州市${name}`
    default:
      return `（沧州）${name}`
  }
}

const SURNAMES = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜']

/** A representative's name that is nobody's: a surname and 虚拟. */
export function representativeName(draw: number): string {
  return `${SURNAMES[draw % SURNAMES.length]}虚拟`
}
