require('reflect-metadata');
const { setup } = require('./cluster.setup');
const { precompile } = require('./typescript-compiler.cjs');

module.exports = async () => {
  precompile(['platform', 'workers/runtime']);
  await setup();
};
