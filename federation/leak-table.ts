/** Who learns what in a run: protocol.md section 9, printed in every run report. */

export interface LeakRow {
  readonly party: string
  readonly learns: string
  readonly learnsZh: string
}

export const ASSUMPTION = {
  en: 'Assumption: the platform and the key holder do not collude.',
  zh: '前提：平台与密钥持有方不得合谋。',
}

export const WHO_LEARNS_WHAT: readonly LeakRow[] = [
  {
    party: 'every party',
    learns:
      'the plan: names of the parties, names of columns and their numbers of bins, rounds, noise, the share of bads',
    learnsZh: '计划书：各方名称、字段名称与分箱数、轮数、噪声、坏样本占比',
  },
  {
    party: 'platform',
    learns:
      'uniform shares, sizes, timing, participants; noisy sums of labelled and defaulted firms; per firm the total points (of public data alone where the firm has not authorised more) and whether any exclusion fired; with logistic rounds, once or twice, the total of every training row after the rounds so far; noisy band counts',
    learnsZh:
      '均匀随机的份额、报文大小与时间、参与方；加噪的标签总数与违约总数；每户总分（未授权企业仅为公开数据得分）及是否触发排除规则；如有逻辑回归轮次，另一至两次得知各训练企业截至当时的总分；加噪的分段计数',
  },
  {
    party: 'key holder',
    learns: 'uniform shares; anonymous noisy bin counts; noisy band counts; the share of bads',
    learnsZh: '均匀随机的份额；匿名的加噪分箱计数；加噪的分段计数；坏样本占比',
  },
  {
    party: 'provider',
    learns:
      'the share of bads and the calibration; its own noisy gradients and noisy bin counts; with non-public data, the list of authorised firms where there is one',
    learnsZh:
      '坏样本占比与校准参数；本单位自己的加噪梯度与加噪分箱计数；持有非公开数据的，另知授权企业名单（如有）',
  },
  { party: 'bank', learns: 'the firms it is authorised for', learnsZh: '经授权企业的结果' },
  {
    party: 'platform or key holder with any providers',
    learns:
      "the above of its members; after scoring the platform learns the sum of the honest providers' points",
    learnsZh: '合谋各方上述信息之和；评分后平台可得到其余诚实提供方分数之和',
  },
  {
    party: 'platform with key holder',
    learns:
      "union of labels, total per round; not one provider's totals, features or weights, nor one bank's labels",
    learnsZh: '标签并集与每轮总和；得不到任一提供方的分量、特征、权重，也得不到任一银行的标签',
  },
]
