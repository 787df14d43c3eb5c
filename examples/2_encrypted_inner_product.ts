/**
 * 2. An encrypted inner product. A server holds a vector d (its share of the residuals, one number a firm). A department
 * holds columns x. The department learns sum_i x_ij * d_i for its columns and the server learns nothing: not x, not the sum.
 *
 * Run: npx node examples/2_encrypted_inner_product.ts
 */
import {
  directHost,
  freshResidues,
  innerProducts,
  NO_COLUMN,
  type PackedColumns,
  packingFor,
  subtractInto,
  systemRandom,
} from '../engine/index.ts'

const FIRMS = 2000
const BINS = 3

// The department: each firm lies in one of three bins, or in none.
const bins = Uint8Array.from({ length: FIRMS }, (_, firm) => (firm % 7 === 0 ? NO_COLUMN : firm % BINS))
const columns: PackedColumns = { rows: FIRMS, width: BINS, codes: [bins] }

// The server: 2,000 uniform numbers below t. A share has no other look.
const shares = freshResidues(systemRandom, FIRMS)

const engine = directHost()
const packing = packingFor(FIRMS, [BINS])

// The server encrypts its vector under a key that lives for this one query.
const owner = await engine.linearOwner(packing)
const query = await owner.encrypt(shares)
console.log(`The server sends ${FIRMS} encrypted numbers in ${query.blocks.length} bytes and a public key.`)

// The department multiplies without decrypting, adds a mask that only it knows, and sanitises the answer.
const responder = await engine.linearResponder(packing, columns, 0)
const masks = freshResidues(systemRandom, BINS)
const answer = await responder.answer(query, 0, BINS, masks, systemRandom(32))
console.log(`The department answers with ${answer.bytes.length} bytes.`)

// The server decrypts: sums plus masks, which is uniform. In a run it adds its noise here and sends them back.
const masked = await owner.decrypt(answer.bytes, BINS)
console.log(`The server sees        ${masked.join(', ')}`)

// The department takes its masks off.
const sums = masked.slice()
subtractInto(sums, masks)
console.log(`The department gets    ${sums.join(', ')}`)

// Exact integers mod t, not approximations: compare with the same sums in the clear.
const clear = innerProducts(columns, shares)
console.log(`In the clear, mod t    ${clear.join(', ')}`)
console.log(`Equal in every digit:  ${sums.every((sum, bin) => sum === clear[bin])}`)

await owner.close()
await responder.close()
await engine.close()
