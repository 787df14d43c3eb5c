/** Configurations of the two servers, with a remark on every line that somebody fills in. */
import { tlsLines } from '../node/tls-lines.ts'

const common = (
  name: string,
): string => `# Who this node is in the consortium, and the files it got when it was enrolled. 本节点名称及入网时领取的文件。
name: ${name}
identity: identity.json
members: members.json
roster: roster.txt        # the public list of enterprises, the same file at every node 企业名册，各节点一致
`

const folders = `# Folders of this node; nobody else reads them. 本节点自用的文件夹。
state: state
transcripts: transcripts
threads: 1
`

/** @param platform its own address, as others reach it */
export function platformTemplate(platform: string): string {
  const { port, protocol } = new URL(platform)
  return `# Yinxin: configuration of the platform. 隐信：平台的配置文件。
# Check it at any time:  yinxin doctor THIS_FILE     随时可检查

${common('platform')}
# Where it listens; others reach it at ${platform}. 监听地址；其他节点通过上述地址访问。
host: 0.0.0.0
port: ${port || (protocol === 'https:' ? '443' : '80')}
${tlsLines(platform)}
${folders}
# Where ratings are kept: a folder of this machine, or PostgreSQL. 评级结果存放处：本机文件夹或 PostgreSQL。
database: pglite:database
# database: postgres://yinxin@127.0.0.1:5432/yinxin

idScheme: uscc            # uscc: unified social credit codes 统一社会信用代码; text: any
silenceSeconds: 60        # a party that is not heard of for so long stops a run 参与方失联多少秒后中止联合计算
mostEpsilon: null         # privacy budget of the labels over all runs, null = none 标签隐私预算，null 为不设
# authorisation:
#   list: authorised.json # signed list of authorised firms; see yinxin authorise 授权名单
`
}

/** @param platform address of the platform */
export function keyHolderTemplate(platform: string): string {
  return `# Yinxin: configuration of the key holder. 隐信：密钥持有方的配置文件。
# Check it at any time:  yinxin doctor THIS_FILE     随时可检查
# The key holder is run by somebody who has nothing to do with the platform. 密钥持有方须独立于平台运营方。

${common('keyholder')}platform: ${platform}
${tlsLines(platform)}
${folders}
# Runs outside of these limits are refused by this node. 超出下列限度的联合计算，本节点一律拒绝。
policy:
  leastProviders: 4     # non-public providers at the least 至少几家非公开数据提供单位
  leastSigma: 4         # noise of each server, in rows 每台服务器的噪声（以行计）
  overrideLimits: false
  mostEpsilon: null     # privacy budget of the labels over all runs, null = none 标签隐私预算，null 为不设
`
}
