import { tlsLines } from './tls-lines.ts'

/**
 * A label holder's configuration with a remark on every line that somebody fills in, in Chinese and English.
 *
 * @param today YYYY-MM-DD; the windows of the template are the last ones that have ended by the end of the month before
 */
export function labelHolderTemplate(
  name: string,
  today: string,
  platform = 'https://platform.example:8480',
): string {
  const { asOf, bookedFrom, bookedTo, frozenOn } = lastWindows(today)
  return `# Yinxin: configuration of one label holder (bank, guarantee fund). 隐信：标签方（银行、担保公司）的配置文件。
# Check it at any time, nothing is sent:  yinxin label-holder check THIS_FILE
# 随时可检查，不会发送任何数据：              yinxin label-holder check THIS_FILE

# Who this node is in the consortium, and the files it got when it was enrolled. 本节点名称及入网时领取的文件。
name: ${JSON.stringify(name)}
identity: identity.json
members: members.json
roster: roster.txt
platform: ${platform}
${tlsLines(platform)}
# Folder of this node; nobody else reads it. 本节点自用的文件夹。
state: state
threads: 1

# Runs outside of these limits are refused by this node. 超出下列限度的联合计算，本节点一律拒绝。
policy:
  leastProviders: 3     # non-public providers at the least 至少几家非公开数据提供单位
  leastSigma: 4         # noise of each server, in rows 每台服务器的噪声（以行计）
  overrideLimits: false
  approval: person      # person: every plan waits for "approve" or "refuse"; policy: these limits alone decide 逐个人工审批，或仅按本节规则
  # purposes: ["..."]     # what a run may be for; more rules in docs/reference/plan.md 允许的目的；其他规则见该页
  mostEpsilon: null     # privacy budget of the labels over all runs, null = none 标签隐私预算，null 为不设

# The frozen label file that trainings use. "yinxin label-holder snapshot THIS_FILE" writes it and says its name.
# 训练使用的标签快照文件，由 yinxin label-holder snapshot 生成。
labels: labels/labels-${frozenOn}.csv

# How good and bad come out of your own loans. 如何由本单位的贷款台账判断好坏。
loans:
  # The four days. 四个日期：
  asOf: ${asOf}        # day of the features; the same for the whole consortium 特征基准日，全联盟一致
  bookedFrom: ${bookedFrom}  # loans booked on these days, after asOf 观察期：放款日期起，须晚于特征基准日
  bookedTo: ${bookedTo}    # 观察期：放款日期止
  frozenOn: ${frozenOn}    # day of the snapshot; windows that are still open then are left out 快照日，届时表现期未满的贷款不使用

  performanceMonths: 12   # window in which a loan shows what it is 表现期（月）
  badDaysPastDue: 90      # this many days past due on any day of it: bad 逾期达到该天数即为“坏”
  indeterminateFrom: 30   # from here up to bad: left out 逾期达到该天数而未达“坏”的不使用
  loansPerEnterprise: worst   # worst: all loans of a firm count; first: the first booked 多笔贷款：worst 取最差，first 取首笔

  # Your own tables. They are read only, and stay where they are. 本单位的数据表：只读，不出本单位。
  sources:
    # Loans 贷款台账; see: yinxin catalogue loan
    # uscc 统一社会信用代码, loan_no 贷款编号, booked_date 放款日期, maturity_date 到期日期, principal_yuan 贷款本金, written_off_date 核销日期
    - class: loan
      file: loans.csv
      # encoding: gb18030     # of files from older systems 老系统导出的文件
      # delimiter: ";"
      # receivedOn: ${today}   # day of the export; without it, today 导出日期，不写则为当天
      # database: postgresql  # or mysql, in place of file 也可直接读数据库
      # url: postgresql://reader@127.0.0.1:5432/loans
      # passwordFile: password.txt
      # table: loans
      # columns:              # only where your names differ 列名不同时填写
      #   loan_no: 借据号
    # Repayments, one instalment a row, unpaid ones too 还款明细，每期一行，含未还; see: yinxin catalogue loan_repayment
    # loan_no, instalment_no 期次, due_date 应还日期, amount_due_yuan 应还金额, amount_paid_yuan 实还金额, paid_date 实还日期
    - class: loan_repayment
      file: repayments.csv
  snapshots: labels         # folder of the frozen label files 标签快照文件夹
  # quarantine: quarantine  # folder for lists of refused records 隔离记录清单文件夹
`
}

interface Windows {
  readonly asOf: string
  readonly bookedFrom: string
  readonly bookedTo: string
  readonly frozenOn: string
}

/** Half a year of loans whose twelve months have ended on the last day of the month before `today`. */
function lastWindows(today: string): Windows {
  const [year, month] = today.split('-').map(Number)
  const lastDayOf = (monthsAgo: number) =>
    new Date(Date.UTC(year, month - monthsAgo, 0)).toISOString().slice(0, 10)
  const firstDayOf = (monthsAgo: number) =>
    new Date(Date.UTC(year, month - 1 - monthsAgo, 1)).toISOString().slice(0, 10)
  return { asOf: lastDayOf(19), bookedFrom: firstDayOf(18), bookedTo: lastDayOf(13), frozenOn: lastDayOf(1) }
}
