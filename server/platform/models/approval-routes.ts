/** Where those who signed a plan read the card of a model and leave their approval of it. */
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifySchema } from 'fastify'
import Type, { type Static } from 'typebox'
import { isCardApproval, type Membership } from '../../../federation/index.ts'
import { serverErrors } from '../../errors.ts'
import { CLOCK_TOLERANCE } from '../../transport/limits.ts'
import { assertCertificate } from '../../transport/peer-certificate.ts'
import { verifiedCardClaim } from './card-claim.ts'
import type { ModelRegistry } from './model-registry.ts'
import { type ModelWithCard, summaryOf } from './model-summary.ts'

const MOST_BODY = 4096
const NOT_A_SIGNER = 'it did not sign the plan of this model'
const OfModel = Type.Object({ version: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }) })
const Approval = Type.Object(
  {
    party: Type.String({ minLength: 1, maxLength: 128 }),
    cardHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    signature: Type.String({ pattern: '^([0-9a-f]{2}){32,256}$' }),
  },
  { additionalProperties: false },
)

export interface ApprovalSources {
  readonly membership: Membership
  readonly registry: ModelRegistry
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export function registerApprovals(
  app: FastifyInstance,
  { membership, registry, now }: ApprovalSources,
): void {
  const speaker = (socket: Socket) => (member: string) => assertCertificate(socket, membership, member, now())

  app.get<{ Params: Static<typeof OfModel> }>(
    '/federation/models/:version',
    { schema: { hide: true, params: OfModel } as FastifySchema },
    async ({ params: { version }, query, raw }): Promise<ModelWithCard> => {
      const claim = verifiedCardClaim(membership, version, query, speaker(raw.socket))
      if (!claim || Math.abs(now() - claim.time) > CLOCK_TOLERANCE)
        throw new serverErrors.PollRefused(claim?.member ?? 'a member')
      const model = await registry.store.model(version)
      // The share of bads stays with those who signed the plan.
      if (!model.signers.includes(claim.member))
        throw new serverErrors.ModelApprovalRefused(claim.member, version, NOT_A_SIGNER)
      return { ...summaryOf(model, registry.requiredOf(model)), cardText: model.cardText }
    },
  )

  // An approval proves itself, whoever brings it; brought again it changes nothing.
  app.post<{ Params: Static<typeof OfModel>; Body: Static<typeof Approval> }>(
    '/federation/models/:version/approvals',
    { bodyLimit: MOST_BODY, schema: { hide: true, params: OfModel, body: Approval } as FastifySchema },
    async ({ params: { version }, body, raw }) => {
      const { party, cardHash, signature } = body
      if (!membership.knows(party)) throw new serverErrors.PollRefused('a member')
      speaker(raw.socket)(party)
      const { planHash } = await registry.store.model(version)
      if (!isCardApproval(membership, party, { planHash, cardHash }, signature))
        throw new serverErrors.ModelApprovalRefused(party, version, 'the signature is not its own')
      const model = await registry.sign(version, body)
      return summaryOf(model, registry.requiredOf(model))
    },
  )
}
