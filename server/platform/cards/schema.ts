import Type from 'typebox'
import { problemResponses } from '../../plugins/problem-schema.ts'

const Page = Type.String({
  title: 'ModelCardPage',
  description: 'One page of HTML without script.',
  examples: ['<!doctype html><html lang="zh-CN">...</html>'],
})

export const getModelCard = {
  operationId: 'getModelCard',
  tags: ['snapshots'],
  summary: 'The card of the model that is being served, as a page for people',
  description:
    'What may leave of the model card, in Chinese and English. What tells counts of defaults stays with the parties that signed the plan.',
  security: [{ apiKey: [] }],
  response: {
    200: { description: 'The page.', content: { 'text/html': { schema: Page } } },
    ...problemResponses(401, 403, 404, 429, 500, 503),
  },
}
