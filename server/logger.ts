/** One JSON line per event on stderr; features, keys and tokens never reach it. */
import { type Logger, pino } from 'pino'

export function logger(name: string): Logger {
  return pino(
    {
      name,
      level: 'info',
      redact: ['*.privateKey', '*.signPrivate', '*.agreePrivate', '*.token', 'req.headers.authorization'],
    },
    pino.destination({ fd: 2, sync: true }),
  )
}
