import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

/** OpenAPI 3.1 of every tagged route at /documentation/json, readable at /documentation; to be registered before the routes. */
export async function registerDocumentation(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    hideUntagged: true,
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Yinxin 隐信',
        version,
        description:
          'Ratings that departments and banks computed together without showing each other a row. For reference only: no answer is a decision on a loan.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'scores', description: 'The rating of one subject' },
        { name: 'whitelist', description: 'Subjects with good credit' },
        { name: 'snapshots', description: 'What is being served' },
        { name: 'health', description: 'For operators' },
      ],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer', bearerFormat: 'yx_<prefix>_<secret>' },
        },
      },
    },
  })
  await app.register(swaggerUi, { routePrefix: '/documentation', staticCSP: true })
}
