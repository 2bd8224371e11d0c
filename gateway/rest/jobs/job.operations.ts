/** What the job routes ask of the graph. */

const JOB = `fragment JobFields on Job {
  id status priority itemCount finishedCount failedCount progress deadlineAt createdAt startedAt finishedAt
  deployment { fullName } modelVersion { number } error { code message } timing { queuedMs batchWaitMs computeMs totalMs batchSize }
}`;

const itemFields = (encoding: 'json' | 'base64'): string => `fragment ItemFields on JobItem {
  index status error { code message } timing { queuedMs batchWaitMs computeMs totalMs batchSize }
  outputs { name datatype shape ${encoding} url }
}`;

export const SUBMIT = `mutation ($input: SubmitInferenceInput!) { submitInference(input: $input) { job { ...JobFields } } } ${JOB}`;
/** What tells whether there is anything to follow. */
export const STAND = 'query ($id: ID!) { job(id: $id) { status seq } }';
export const READ = `query ($id: ID!) { job(id: $id) { ...JobFields } } ${JOB}`;
export const CANCEL = `mutation ($id: ID!) { cancelJob(input: { id: $id }) { job { ...JobFields } } } ${JOB}`;

export const LIST = `query ($namespace: String, $deployment: String, $status: [JobStatus!], $first: Int, $after: String) {
  jobs(namespace: $namespace, deployment: $deployment, status: $status, first: $first, after: $after) {
    edges { node { ...JobFields } } pageInfo { hasNextPage endCursor }
  } } ${JOB}`;

const itemsOf = (encoding: 'json' | 'base64'): string => `query ($id: ID!, $first: Int, $after: String) { job(id: $id) {
  items(first: $first, after: $after) { edges { node { ...ItemFields } } pageInfo { hasNextPage endCursor } }
} } ${itemFields(encoding)}`;
export const ITEMS = { json: itemsOf('json'), base64: itemsOf('base64') };

const eventsOf = (encoding: 'json' | 'base64'): string => `subscription ($id: ID!, $after: Int) { jobEvents(id: $id, after: $after) {
  seq kind at message items { ...ItemFields }
} } ${itemFields(encoding)}`;
export const EVENTS = { json: eventsOf('json'), base64: eventsOf('base64') };
