/**
 * The folder of the consortium's office: the root key that signs member lists, the list itself, and who has been invited. It is
 * on no node; whoever holds it decides who is a member.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Invitation,
  type Member,
  type PinnedRoot,
  type SignedMemberList,
  type SuiteName,
  signMemberList,
  suiteNamed,
  verifyMemberList,
} from '../../federation/index.ts'
import { serverErrors } from '../errors.ts'
import { readIfThere, replaceFile } from '../state/durable-file.ts'
import type { ConsortiumFile } from './consortium-file.ts'

const OFFICE_FILE = 'office.json'
const ROOT_KEY_FILE = 'root-key.json'
const LIST_FILE = 'members.json'
const INVITATIONS_FILE = 'invitations.json'

export type OfficeFile = ConsortiumFile & { readonly created: string }

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

export class Office {
  readonly folder: string
  readonly about: OfficeFile
  #rootPrivate: Uint8Array
  #signed: SignedMemberList

  private constructor(folder: string, about: OfficeFile, rootPrivate: Uint8Array, signed: SignedMemberList) {
    this.folder = folder
    this.about = about
    this.#rootPrivate = rootPrivate
    this.#signed = signed
  }

  /**
   * Makes a folder with a new root key and an empty list of version 0.
   * @throws FileExists where there is an office already
   */
  static async create(
    folder: string,
    about: { consortium: string; suite: SuiteName; platform?: string; authority?: string },
    now: Date,
  ): Promise<Office> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const keys = suiteNamed(about.suite).createSigningKeys()
    const { consortium, suite, platform, authority } = about
    const office: OfficeFile = {
      ...{ consortium, suite, rootKey: hex(keys.publicKey) },
      ...(authority !== undefined && { authority }),
      ...(platform !== undefined && { platform }),
      created: now.toISOString(),
    }
    const signed = signMemberList(keys.privateKey, {
      ...{ consortium, suite, version: 0, issued: now.toISOString(), members: [] },
    })
    await writeNew(folder, ROOT_KEY_FILE, JSON.stringify({ signPrivate: hex(keys.privateKey) }))
    await writeNew(folder, LIST_FILE, JSON.stringify(signed, null, 2))
    // The last one, so that half an office is none.
    await writeNew(folder, OFFICE_FILE, JSON.stringify(office, null, 2))
    return new Office(folder, office, keys.privateKey, signed)
  }

  /** The office of a folder. @throws OfficeMissing, NodeFileUnreadable, and what its list is refused for */
  static async open(folder: string): Promise<Office> {
    const office = await Office.openIfThere(folder)
    if (office === null) throw new serverErrors.OfficeMissing(folder)
    return office
  }

  /** The office of a folder, null if there is none. @throws NodeFileUnreadable, and what its list is refused for */
  static async openIfThere(folder: string): Promise<Office | null> {
    const text = await readIfThere(join(folder, OFFICE_FILE))
    if (text === null) return null
    const read = async <V>(name: string): Promise<V> => {
      try {
        return JSON.parse(await readFile(join(folder, name), 'utf8')) as V
      } catch {
        throw new serverErrors.NodeFileUnreadable(name)
      }
    }
    const about = await read<OfficeFile>(OFFICE_FILE)
    const { signPrivate } = await read<{ signPrivate: string }>(ROOT_KEY_FILE)
    const signed = verifyMemberList(about, await read(LIST_FILE))
    return new Office(folder, about, new Uint8Array(Buffer.from(signPrivate, 'hex')), signed)
  }

  /** The list in force. */
  get signed(): SignedMemberList {
    return this.#signed
  }

  get members(): readonly Member[] {
    return this.#signed.list.members
  }

  /** What every node pins. */
  get pinned(): ConsortiumFile & PinnedRoot {
    const { created: _, ...pinned } = this.about
    return pinned
  }

  /**
   * Puts these members on the list: the next version, signed and durable; the same one where nothing changes.
   * @throws MemberListMalformed for members that cannot stand on one list
   */
  async setMembers(members: readonly Member[], now: Date): Promise<SignedMemberList> {
    const { consortium, suite, version } = this.#signed.list
    const sign = (next: number, issued: string) =>
      signMemberList(this.#rootPrivate, { consortium, suite, version: next, issued, members })
    const same = sign(version, this.#signed.list.issued)
    if (JSON.stringify(same.list) === JSON.stringify(this.#signed.list)) return this.#signed
    const signed = sign(version + 1, now.toISOString())
    await replaceFile(join(this.folder, LIST_FILE), JSON.stringify(signed, null, 2))
    this.#signed = signed
    return signed
  }

  /** Everybody who was invited. */
  async invitations(): Promise<readonly Invitation[]> {
    const text = await readIfThere(join(this.folder, INVITATIONS_FILE))
    return text === null ? [] : (JSON.parse(text) as Invitation[])
  }

  /** Resolves when the invitations are durable. */
  keepInvitations(invitations: readonly Invitation[]): Promise<void> {
    return replaceFile(join(this.folder, INVITATIONS_FILE), JSON.stringify(invitations, null, 2))
  }

  /** Signs with the root key, for requests of the office to the platform. */
  sign(message: Uint8Array): Uint8Array {
    return suiteNamed(this.about.suite).sign(this.#rootPrivate, message)
  }
}

/** @throws FileExists */
export async function writeNew(folder: string, name: string, text: string): Promise<void> {
  try {
    await writeFile(join(folder, name), text, { flag: 'wx', mode: 0o600 })
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'EEXIST')
      throw new serverErrors.FileExists(join(folder, name))
    throw fault
  }
}
