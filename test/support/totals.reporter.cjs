const fs = require('node:fs');

/** Ends a run with one line that any reader understands, and keeps it for the end of a longer script. */
module.exports = class TotalsReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites }) {
    const line = `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed, ${numPendingTests} skipped\n`;
    fs.mkdirSync('.cache', { recursive: true });
    fs.writeFileSync('.cache/test-totals.txt', line);
    process.stdout.write(line);
  }
};
