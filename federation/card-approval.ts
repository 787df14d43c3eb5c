/** A party's approval of a model card: its signature, with the key that signs its plans, under the hash of the card. */
import type { Membership } from './members.ts'

/** What is approved: the card, byte for byte by its hash, of the model that one signed plan has led to. */
export interface ApprovedCard {
  /** Hex digest of the plan. */
  readonly planHash: string
  /** Hex sha256 of the card's text. */
  readonly cardHash: string
}

function bytesOf(
  { suite, consortium }: Membership,
  party: string,
  { planHash, cardHash }: ApprovedCard,
): Uint8Array {
  const text = JSON.stringify([consortium, party, planHash, cardHash])
  return suite.hash(Buffer.from('yinxin card approval 1\n'), Buffer.from(text, 'utf8'))
}

/** This node's approval, as hex. */
export const approveCard = (membership: Membership, card: ApprovedCard): string =>
  Buffer.from(membership.sign(bytesOf(membership, membership.name, card))).toString('hex')

/** Whether a party of the consortium has approved this very card. */
export const isCardApproval = (
  membership: Membership,
  party: string,
  card: ApprovedCard,
  signature: string,
): boolean =>
  membership.knows(party) &&
  membership.verify(party, bytesOf(membership, party, card), Buffer.from(signature, 'hex'))
