/** The direction of imports: main → app → {gateway | workers | subgraphs} → platform → npm. */
const compositionRoot = '(^|/)app\\.ts$';
const tests = '\\.test\\.ts$|^test/';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'platform-knows-no-noun-above', severity: 'error', from: { path: '^platform/', pathNot: tests }, to: { path: '^(gateway|subgraphs|workers|bench|examples|app\\.ts|main\\.ts)' } },
    { name: 'gateway-reaches-subgraphs-through-app', severity: 'error', from: { path: '^gateway/', pathNot: `${compositionRoot}|${tests}` }, to: { path: '^(subgraphs|workers)/' } },
    {
      name: 'workers-know-the-contract-alone', severity: 'error',
      from: { path: '^workers/', pathNot: `${compositionRoot}|${tests}` },
      to: { path: '^(gateway|subgraphs)/', pathNot: '^subgraphs/[^/]+/worker\\.contract\\.ts$' },
    },
    { name: 'subgraphs-below-gateway-and-workers', severity: 'error', from: { path: '^subgraphs/', pathNot: `${compositionRoot}|${tests}` }, to: { path: '^(gateway|workers)/' } },
    {
      name: 'subgraphs-meet-at-their-index', severity: 'error',
      from: { path: '^subgraphs/([^/]+)/', pathNot: tests },
      to: { path: '^subgraphs/([^/]+)/', pathNot: '^subgraphs/$1/|^subgraphs/[^/]+/(index|worker\\.contract)\\.ts$' },
    },
    { name: 'identity-depends-on-no-subgraph', severity: 'error', from: { path: '^subgraphs/identity/', pathNot: tests }, to: { path: '^subgraphs/(model-registry|deployment|inference)/' } },
    { name: 'registry-depends-on-identity-alone', severity: 'error', from: { path: '^subgraphs/model-registry/', pathNot: tests }, to: { path: '^subgraphs/(deployment|inference)/' } },
    { name: 'deployment-below-inference', severity: 'error', from: { path: '^subgraphs/deployment/', pathNot: `${compositionRoot}|${tests}` }, to: { path: '^subgraphs/inference/' } },
    { name: 'onnxruntime-in-the-runtime-alone', severity: 'error', from: { pathNot: `^(workers/runtime|bench)/|${tests}` }, to: { path: 'node_modules/onnxruntime' } },
    { name: 'bullmq-in-the-queue-alone', severity: 'error', from: { pathNot: `^(platform/queue|bench)/|${tests}` }, to: { path: 'node_modules/bullmq' } },
    {
      name: 'clients-know-the-api-alone', severity: 'error',
      from: { path: '^(examples|gateway/web/client)/' }, to: { path: '^(platform|gateway/(?!web/client)|subgraphs|workers|migrations|bench|scripts)/|^(app|main)\\.ts$' },
    },
    { name: 'no-test-code-in-the-product', severity: 'error', from: { pathNot: `^(bench|scripts/verify)/|${tests}` }, to: { path: tests } },
    { name: 'no-undeclared-package', severity: 'error', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|bench/peers)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.json'] },
  },
};
