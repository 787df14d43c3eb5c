/** The node that is looked at: its configuration, whichever of the four roles it is of. */
import type { Static, TSchema } from 'typebox'
import type { RoleName } from '../../federation/index.ts'
import {
  type KeyHolderConfig,
  keyHolderConfig,
  type LabelHolderConfig,
  labelHolderConfig,
  type PlatformConfig,
  type ProviderConfig,
  platformConfig,
  providerConfig,
  readConfig,
  readConfigNames,
} from '../config.ts'

interface Place {
  /** Folder of the configuration, which the paths in it are relative to. */
  readonly folder: string
}

export type Patient = Place &
  (
    | { readonly role: 'platform'; readonly config: PlatformConfig }
    | { readonly role: 'keyholder'; readonly config: KeyHolderConfig }
    | { readonly role: 'provider'; readonly config: ProviderConfig }
    | { readonly role: 'label-holder'; readonly config: LabelHolderConfig }
  )

/** A field that only one role has. */
function roleOf(names: readonly string[]): RoleName {
  if (names.includes('database') || names.includes('port')) return 'platform'
  if (names.includes('tables') || names.includes('scorecards')) return 'provider'
  return names.includes('labels') ? 'label-holder' : 'keyholder'
}

/** @throws ConfigUnreadable, ConfigInvalid */
export function readPatient(file: string): Patient {
  const role = roleOf(readConfigNames(file))
  const read = <S extends TSchema>(schema: S): { config: Static<S>; folder: string } =>
    readConfig(schema, file)
  switch (role) {
    case 'platform':
      return { role, ...read(platformConfig) }
    case 'keyholder':
      return { role, ...read(keyHolderConfig) }
    case 'provider':
      return { role, ...read(providerConfig) }
    case 'label-holder':
      return { role, ...read(labelHolderConfig) }
  }
}

/** Where the platform answers, as this node finds it. */
export function platformAddress({ role, config }: Patient): string {
  if (role !== 'platform') return config.platform
  const anywhere = config.host === '0.0.0.0' || config.host === '::'
  const host = anywhere ? '127.0.0.1' : config.host
  return `${config.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${config.port}`
}
