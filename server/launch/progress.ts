/** Progress of a run for people, on stderr: a bar per phase with rate and time left on a terminal, a line otherwise. */
const WIDTH = 24
const NAMES: Record<string, string> = {
  setup: 'labels and plan',
  binning: 'fine bins',
  training: 'training',
  evaluation: 'evaluation',
  scoring: 'scoring',
}

export class ProgressBars {
  #terminal: boolean
  #quiet: boolean
  #phase = ''
  #total = 1
  #began = 0
  #now: () => number

  constructor(options: { quiet: boolean; terminal: boolean; now: () => number }) {
    this.#quiet = options.quiet
    this.#terminal = options.terminal
    this.#now = options.now
  }

  note(text: string): void {
    if (!this.#quiet) process.stderr.write(`${text}\n`)
  }

  phase(name: string, total: number): void {
    this.finish()
    this.#phase = name
    this.#total = Math.max(1, total)
    this.#began = this.#now()
    this.#draw(0, '')
  }

  step(done: number, detail: string): void {
    this.#draw(done, detail)
  }

  /** Ends the bar of the phase under way. */
  finish(): void {
    if (this.#phase === '') return
    const seconds = ((this.#now() - this.#began) / 1000).toFixed(1)
    const line = `${this.#label()} ${'█'.repeat(WIDTH)} ${seconds.padStart(6)} s`
    if (!this.#quiet) process.stderr.write(this.#terminal ? `\r\x1b[2K${line}\n` : `${line}\n`)
    this.#phase = ''
  }

  #label(): string {
    return (NAMES[this.#phase] ?? this.#phase).padEnd(16)
  }

  #draw(done: number, detail: string): void {
    if (this.#quiet || !this.#terminal) return
    const share = Math.min(1, done / this.#total)
    const filled = Math.round(share * WIDTH)
    const seconds = (this.#now() - this.#began) / 1000
    const left = done > 0 && share < 1 ? `${((seconds / done) * (this.#total - done)).toFixed(1)} s left` : ''
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled)
    process.stderr.write(`\r\x1b[2K${this.#label()} ${bar} ${done}/${this.#total}  ${left}  ${detail}`)
  }
}
