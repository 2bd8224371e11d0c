const { teardown } = require('./cluster.setup');

module.exports = teardown;
