import { tlsLines } from './tls-lines.ts'

/** What the template of a provider's configuration asks about. */
export interface TemplateClass {
  readonly code: string
  readonly title: { readonly zh: string; readonly en: string }
  /** Fields that a source must have, with their titles. */
  readonly required: readonly { readonly name: string; readonly zh: string; readonly en: string }[]
}

/**
 * A provider's configuration with a remark on every line that somebody fills in, in Chinese and English.
 *
 * @param asOf the day that features describe, YYYY-MM-DD
 * @param platform address of the platform
 */
export function providerTemplate(
  name: string,
  asOf: string,
  classes: readonly TemplateClass[],
  platform = 'https://platform.example:8480',
): string {
  const quoted = JSON.stringify(name)
  return `# Yinxin: configuration of one data provider. 隐信：数据提供单位的配置文件。
# Check it at any time, nothing is sent:  yinxin provider check THIS_FILE
# 随时可检查，不会发送任何数据：              yinxin provider check THIS_FILE

# Who this node is in the consortium, and the files it got when it was enrolled. 本节点名称及入网时领取的文件。
name: ${quoted}
identity: identity.json
members: members.json
roster: roster.txt
platform: ${platform}
${tlsLines(platform)}
# Folders of this node; nobody else reads them. 本节点自用的文件夹。
state: state
scorecards: scorecards
runs: runs
keepRuns: 3
threads: 1

# Runs outside of these limits are refused by this node. 超出下列限度的联合计算，本节点一律拒绝。
policy:
  leastProviders: 3     # non-public providers at the least 至少几家非公开数据提供单位
  leastSigma: 4         # noise of each server, in rows 每台服务器的噪声（以行计）
  overrideLimits: false
  approval: person      # person: every plan waits for "approve" or "refuse"; policy: these limits alone decide 逐个人工审批，或仅按本节规则
  # purposes: ["..."]     # what a run may be for; more rules in docs/reference/plan.md 允许的目的；其他规则见该页
  mostEpsilon: null     # privacy budget of the labels over all runs, null = none 标签隐私预算

# Your own tables. They are read only, and stay where they are. 本单位的数据表：只读，不出本单位。
data:
  # The day that the features describe; later records are not looked at. 特征基准日，其后的记录不使用。
  asOf: ${asOf}
  sources:
${classes.map(sourceTemplate).join('')}
  # Without this part every built-in feature of the classes above is made. 不写则使用内置的全部特征。
  # features:
  #   - builtin: ${classes[0].code}
  #     only: [feature_one, feature_two]
  #   - sql: own.sql              # a SELECT of your own 自有 SQL
  #     cards: own.cards.json     # what each of its columns means 每列的说明
  #     class: ${classes[0].code}
  #     party: own_features

# Whose records may be used, and why. Two separate rules. 哪些企业的数据可用及其依据，训练与评分分别规定。
authorisation:
  training:
    allowed: false        # may firms that did not authorise take part in training? 未授权企业可否参与训练？
    legalBasis: ""        # fill in before you allow it, such as the agreement's name and clause 允许时须写明法律依据
  inference:
    needed: true          # does a firm's score need its authorisation? 评分是否需企业授权？
    legalBasis: "企业授权书 / authorisation of the enterprise"
    list: authorised.json # signed list from the platform 平台签发的授权名单

# Firms for which such a rule holds are kept off the whitelist. 命中下列规则的企业不进入白名单。
exclusions: []
tables: []
`
}

function sourceTemplate({ code, title, required }: TemplateClass): string {
  return `    # ${title.zh} ${title.en}; see: yinxin catalogue ${code}
    # It must have 必备字段: ${required.map(({ name, zh }) => `${name} ${zh}`).join(', ')}
    - class: ${code}
      file: ${code}.csv
      # encoding: gb18030     # of files from older systems 老系统导出的文件
      # delimiter: ";"
      # database: postgresql  # or mysql, in place of file 也可直接读数据库
      # url: postgresql://reader@127.0.0.1:5432/billing
      # passwordFile: password.txt
      # table: ${code}
      # columns:              # only where your names differ 列名不同时填写
      #   uscc: 统一社会信用代码
`
}
