/** The import rules of the house, one rule a line: server -> federation -> models, features, engine. */
const rule = (name, from, to) => ({ name, severity: 'error', from, to })
const inside = (room) => ({ path: `^${room}/` })
const only = (door, library) =>
  rule(`${library}-only-in-${door}`, { pathNot: `^(${door})` }, { path: `node_modules/${library}` })

module.exports = {
  forbidden: [
    rule('no-cycles', {}, { circular: true }),
    rule('engine-knows-nothing-above', inside('engine'), { path: '^(features|models|federation|server)/' }),
    rule('features-knows-nothing-beside', inside('features'), {
      path: '^(engine|models|federation|server)/',
    }),
    rule('models-knows-nothing-beside', inside('models'), { path: '^(engine|features|federation|server)/' }),
    rule('federation-knows-no-server', inside('federation'), { path: '^server/' }),
    rule('server-never-imports-engine', inside('server'), { path: '^engine/' }),
    rule(
      'nothing-imports-tests',
      { path: '^(engine|features|models|federation|server)/' },
      { path: '^(tests|bench|examples)/' },
    ),
    ...['engine', 'features', 'models', 'federation'].map((room) =>
      rule(
        `enter-${room}-by-its-index`,
        { path: '^(engine|features|models|federation|server|bench|examples)/', pathNot: `^${room}/` },
        { path: `^${room}/`, pathNot: `^${room}/index\\.ts$` },
      ),
    ),
    only('engine/bfv/', 'node-seal'),
    only('engine/suite/', '@noble'),
    only('features/source/', '@duckdb'),
    only('(features/extract|models/onnx)/', 'onnxruntime-node'),
    only('features/extract/neural/', '@tensorflow'),
    only('features/source/', '(mysql2|pg-copy-streams)/'),
    only('(server|features/source)/', 'pg/'),
    only('server/', '(fastify|@fastify/(?!error)|kysely|pg-boss|@electric-sql|undici|commander)/'),
    rule('no-unresolved', {}, { couldNotResolve: true }),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
}
