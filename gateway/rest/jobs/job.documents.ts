import { described } from '../openapi/described';
import { event, eventHeaders, eventQuery, itemPage, itemQuery, job, jobPage, jobPath, jobQuery, jobRequest, refusal, submitHeaders } from './job.shapes';

const answer = (shape: Parameters<typeof described>[0], description: string): object => ({ description, content: { 'application/json': { schema: described(shape) } } });
const REFUSED = answer(refusal, 'Refused; the code tells why.');
const ofJob = { tags: ['Jobs'], params: described(jobPath) };

/** The job routes as `/openapi.json` tells them. */
export const JOB_ROUTES = {
  submit: {
    tags: ['Jobs'], operationId: 'submitJob', summary: 'Accepts inference',
    description: 'From then on the job is kept and will end, whatever fails meanwhile. Needs the role CALLER.',
    headers: described(submitHeaders), body: described(jobRequest), response: { 202: answer(job, 'Accepted; Location says where to look.'), '4xx': REFUSED },
  },
  list: {
    tags: ['Jobs'], operationId: 'listJobs', summary: 'Lists jobs, newest first', description: 'Of the namespaces in which the caller has a role.',
    querystring: described(jobQuery), response: { 200: answer(jobPage, 'One page.'), '4xx': REFUSED },
  },
  read: { ...ofJob, operationId: 'readJob', summary: 'Reads a job', response: { 200: answer(job, 'The job as it is now.'), '4xx': REFUSED } },
  cancel: {
    ...ofJob, operationId: 'cancelJob', summary: 'Ends a job', description: 'What waits is not begun, what runs is stopped. Needs the role CALLER.',
    response: { 200: answer(job, 'The canceled job.'), '4xx': REFUSED },
  },
  items: {
    ...ofJob, operationId: 'listItems', summary: 'Lists the items of a job with their outputs', querystring: described(itemQuery),
    response: { 200: answer(itemPage, 'One page, in the order in which they were submitted.'), '4xx': REFUSED },
  },
  events: {
    ...ofJob, operationId: 'followJob', summary: 'Follows a job', querystring: described(eventQuery), headers: described(eventHeaders),
    description: 'Server-Sent Events, from the first or from after `Last-Event-ID`, in order and without gaps; the stream ends when the job has ended. An event `REFUSED` tells why a stream broke off.',
    response: {
      200: { description: 'The events.', content: { 'text/event-stream': { schema: described(event) } } },
      204: { description: 'The job has ended and there are no more events.', type: 'null' }, '4xx': REFUSED,
    },
  },
} as const;
