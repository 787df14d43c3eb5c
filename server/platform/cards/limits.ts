/** What a model is for and what it is not for: printed on every card. */
export const LIMITS = [
  {
    en: 'Use: a second opinion on small firms in lending, beside the lender’s own checks. The lender decides; no score decides by itself.',
    zh: '用途：供金融机构在小微企业信贷中参考，须与机构自身审查并用。是否放贷由机构决定，评分本身不作决定。',
  },
  {
    en: 'A score estimates the chance of a default within the period that the label holders defined. It says nothing about amounts, terms, or causes.',
    zh: '评分估计的是在标签方所定义期限内违约的可能性，不说明额度、期限与原因。',
  },
  {
    en: 'Outcomes are known only for firms that had a loan. For all others the score carries over what was seen there; the stability table says how far the two groups lie apart.',
    zh: '只有获得过贷款的企业才有还款结果；对其余企业，评分是外推。两类企业的差距见稳定性一节。',
  },
  {
    en: 'All counts of defaults are opened with noise. Figures on few firms are uncertain; the bars and intervals show by how much, noise included.',
    zh: '所有违约计数均加噪后公开。样本少的数字不确定性大，图中误差线与区间已包含噪声。',
  },
  {
    en: 'Points of bins, weights and the strength of a column stay with its provider. Whoever needs to know why a firm has its score asks the providers.',
    zh: '各分箱的分值、权重与字段强弱只留在数据提供方。若需了解某企业得分的原因，应向提供方询问。',
  },
  {
    en: 'A model grows old. Compare the scores of each night with this card; above a stability index of 0.25, or when KS has dropped by more than 0.10, a person decides before it goes on.',
    zh: '模型会老化。应将每晚评分与本卡比对：稳定性指数超过 0.25，或 KS 下降超过 0.10，须由人决定是否继续使用。',
  },
] as const
