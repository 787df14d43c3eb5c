/** `yinxin city`: writes a made-up city of raw records, for practice and for measuring. */
import { type CityProgress, type CitySizeName, type RawCity, writeRawCity } from '../../features/index.ts'
import { readEnvironment } from '../config.ts'
import { exitCodes } from '../exit-codes.ts'
import { ProgressBars } from './progress.ts'

export interface WriteCityOptions {
  readonly size: CitySizeName
  readonly seed: number
  readonly out: string
  readonly memory?: number
  readonly json?: boolean
}

/** Where nothing can be redrawn, a line so often. */
const LINE_EVERY_MS = 5_000

export async function writeRawCityTo(options: WriteCityOptions): Promise<void> {
  const { quiet } = readEnvironment()
  const interrupted = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(exitCodes.interrupted.code)
      interrupted.abort()
    })
  }
  const began = performance.now()
  const show = progressOnStderr(quiet, began)
  try {
    const city = await writeRawCity({
      size: options.size,
      seed: options.seed,
      dir: options.out,
      progress: show.step,
      signal: interrupted.signal,
      ...(options.memory !== undefined && { memoryMb: options.memory }),
    })
    show.end()
    const seconds = (performance.now() - began) / 1000
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ ...city, seconds: Math.round(seconds * 100) / 100 }, null, 2)}\n`
        : summaryOf(city, options.out, seconds),
    )
  } catch (cause) {
    if (!interrupted.signal.aborted) throw cause
    process.stderr.write('\nInterrupted; nothing was written.\n')
    process.exitCode = exitCodes.interrupted.code
  }
}

/** A bar on a terminal, otherwise a line now and then, with rows a second and the time left. */
function progressOnStderr(
  quiet: boolean,
  began: number,
): { step(progress: CityProgress): void; end(): void } {
  const terminal = process.stderr.isTTY === true
  const bars = new ProgressBars({ quiet, terminal, now: () => performance.now() })
  let spoken = began
  let open = false
  return {
    step({ step, rows, expectedRows }) {
      const now = performance.now()
      const rate = rows / Math.max(0.001, (now - began) / 1000)
      const speed = `${thousands(Math.round(rate))} rows/s`
      if (terminal) {
        if (!open) bars.phase('city', expectedRows)
        open = true
        bars.step(rows, `${speed}  ${step}`)
      } else if (rows > 0 && now - spoken >= LINE_EVERY_MS) {
        spoken = now
        const left = Math.ceil((expectedRows - rows) / rate)
        bars.note(
          `${thousands(rows)} of about ${thousands(expectedRows)} rows, ${speed}, ${left} s left, ${step}`,
        )
      }
    },
    end: () => bars.finish(),
  }
}

function summaryOf(city: RawCity, out: string, seconds: number): string {
  const bytes = city.files.reduce((sum, file) => sum + file.bytes, 0)
  const people = city.individuals > 0 ? ` and ${thousands(city.individuals)} individual businesses` : ''
  const lines = [
    `Made-up city of ${thousands(city.enterprises)} enterprises${people}, seed ${city.seed}: ${thousands(city.rows)} rows, ${Math.round(bytes / 1e6)} MB, ${seconds.toFixed(1)} s`,
    '',
    ...city.parties.map(({ party, plays, rows }) => {
      const total = Object.values(rows).reduce((sum, count) => sum + count, 0)
      return `  ${party.padEnd(22)}${thousands(total).padStart(12)} rows  ${plays}`
    }),
    '',
    `Folder ${out}: one folder a party with its files and data.yaml; roster.txt, authorised.txt, revoked.txt; city.json.`,
    'truth/ holds what no party knows: keep it from whoever plays one.',
  ]
  return `${lines.join('\n')}\n`
}

function thousands(count: number): string {
  return count.toLocaleString('en-US')
}
