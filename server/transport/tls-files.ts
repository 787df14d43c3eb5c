/** A node's certificate, key and authority: read, checked, and read again when the files change. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { TlsConfig } from '../config.ts'
import { serverErrors } from '../errors.ts'

/** PEM texts. */
export interface TlsMaterial {
  readonly cert: string
  readonly key: string
  readonly ca: string
}

const LOOK_MS = 5_000

export class TlsFiles {
  #paths: Record<keyof TlsMaterial, string>
  #current: TlsMaterial
  #stamp: string
  #lookMs: number

  /**
   * @param folder the configuration's, which the paths are relative to
   * @param lookMs how often a watch looks at the files
   * @throws ConfigTls
   */
  constructor(folder: string, { certificate, key, authority }: TlsConfig, lookMs = LOOK_MS) {
    this.#lookMs = lookMs
    this.#paths = { cert: join(folder, certificate), key: join(folder, key), ca: join(folder, authority) }
    this.#stamp = this.#stampNow()
    this.#current = this.#read()
  }

  get current(): TlsMaterial {
    return this.#current
  }

  /**
   * Looks at the files from time to time; new ones that fit together are taken, others leave the old ones in use until they do.
   * @returns ends the watch
   */
  watch(onChange: (material: TlsMaterial) => void, onUnfit: (fault: Error) => void): () => void {
    const timer = setInterval(() => {
      const stamp = this.#stampNow()
      if (stamp === this.#stamp) return
      this.#stamp = stamp
      try {
        this.#current = this.#read()
        onChange(this.#current)
      } catch (fault) {
        onUnfit(fault as Error)
      }
    }, this.#lookMs)
    timer.unref()
    return () => clearInterval(timer)
  }

  #stampNow(): string {
    return Object.values(this.#paths)
      .map((path) => {
        const found = statSync(path, { throwIfNoEntry: false })
        return `${found?.ino} ${found?.mtimeMs} ${found?.size}`
      })
      .join('\n')
  }

  /** @throws ConfigTls */
  #read(): TlsMaterial {
    const text = (path: string): string => {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        throw new serverErrors.ConfigTls(`${path} cannot be read`)
      }
    }
    const { cert, key, ca } = this.#paths
    const material = { cert: text(cert), key: text(key), ca: text(ca) }
    try {
      createSecureContext(material)
    } catch {
      throw new serverErrors.ConfigTls(`${cert}, ${key} and ${ca} are not PEM, or do not belong together`)
    }
    return material
  }
}
