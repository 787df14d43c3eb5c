/** The platform's port: free while it is down, its own while it runs. */
import { createServer } from 'node:net'
import { stateFolder } from '../../state/state-folder.ts'
import { holderOf } from '../../store/folder-lock.ts'
import type { Examined } from '../examined.ts'
import { type Finding, sayer, words } from '../finding.ts'

const say = sayer('port')

export async function checkPort({ patient }: Examined): Promise<Finding[]> {
  if (patient.role !== 'platform') return []
  const { host, port } = patient.config
  const code = await listenFault(host, port)
  if (code === null) return [say.ok(`端口 ${port} 空闲`, `port ${port} is free`)]
  const running = holderOf(stateFolder(patient.folder, patient.config)) !== null
  if (code === 'EADDRINUSE' && running)
    return [say.ok(`端口 ${port} 由本平台使用`, `port ${port} is held by the platform itself`)]
  return [
    say.fail(
      words(
        `平台无法监听 ${host}:${port}（${code}）`,
        `the platform could not listen at ${host}:${port} (${code})`,
      ),
      words(
        '结束占用该端口的程序，或换一个端口并通知所有成员。',
        'End the program that holds the port, or take another port and tell all members.',
      ),
    ),
  ]
}

/** The system's code for why nobody can listen there, or null. */
function listenFault(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (fault: NodeJS.ErrnoException) => resolve(fault.code ?? 'unknown'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}
