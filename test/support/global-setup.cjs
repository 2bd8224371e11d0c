const { setup } = require('./cluster.setup');

module.exports = setup;
