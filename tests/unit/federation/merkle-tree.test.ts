import { describe, expect, it } from 'vitest'
import { international } from '../../../engine/index.ts'
import { leafHash, merklePath, merkleRoot, rootOfPath } from '../../../federation/merkle-tree.ts'

const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex')

/** Entries and roots of the reference tests of Certificate Transparency (RFC 6962 and 9162 hash alike). */
const ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
]
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const leaves = ENTRIES.map((entry) => leafHash(international, Buffer.from(entry, 'hex')))

describe('a Merkle tree', () => {
  it.each(ROOTS.map((root, count) => ({ root, count })))(
    'of $count leaves has the published root',
    (known) => {
      expect(hex(merkleRoot(international, leaves.slice(0, known.count)))).toBe(known.root)
    },
  )

  it('leads from every leaf of every size to its root, and from no other place', () => {
    for (let count = 1; count <= leaves.length; count++) {
      const some = leaves.slice(0, count)
      for (let index = 0; index < count; index++) {
        const path = merklePath(international, some, index)
        expect(hex(rootOfPath(international, some[index], index, count, path))).toBe(ROOTS[count])
        for (let other = 0; other < count; other++) {
          if (other === index) continue
          expect(hex(rootOfPath(international, some[index], other, count, path))).not.toBe(ROOTS[count])
        }
      }
    }
  })

  it('refuses paths that are too long, too short or out of range', () => {
    const path = merklePath(international, leaves, 3)
    const ways = [
      [3, 8, path.slice(1)],
      [3, 8, [...path, path[0]]],
      [8, 8, path],
      [-1, 8, path],
      [Number.NaN, 8, path],
    ] as const
    for (const [index, count, way] of ways) {
      expect(hex(rootOfPath(international, leaves[3], index, count, way))).not.toBe(ROOTS[8])
    }
  })

  it('takes no inner node for a leaf: its bytes as an entry hash to something else', () => {
    const node = Buffer.concat([leaves[0], leaves[1]])
    const forged = leafHash(international, node)
    expect(hex(merkleRoot(international, [forged]))).not.toBe(ROOTS[2])
    // Without the first byte that sets leaves apart, the two would be one.
    expect(hex(international.hash(Uint8Array.of(1), node))).toBe(ROOTS[2])
  })
})
