/**
 * Every refusal that a client can see, in one table. `docs/errors.md` is tested against it both ways.
 * A refused request is a GraphQL error whose `extensions.code` is a key of this table; a failed job carries the same codes as data.
 */
interface ErrorRow {
  /** HTTP status of the REST and byte routes. */
  status: number;
  /** Whether the same request may succeed later without being changed. */
  isRetryable: boolean;
  meaning: string;
}

export const ERRORS = {
  BAD_USER_INPUT: { status: 400, isRetryable: false, meaning: 'An argument has the wrong form; the message says what was expected.' },
  GRAPHQL_PARSE_FAILED: { status: 400, isRetryable: false, meaning: 'The document is not GraphQL, or holds more tokens than the limit.' },
  GRAPHQL_VALIDATION_FAILED: { status: 400, isRetryable: false, meaning: 'The document does not fit the schema or passes a limit (depth, aliases, directives).' },
  INCREMENTAL_DELIVERY_UNSUPPORTED: { status: 400, isRetryable: false, meaning: 'The document uses @defer or @stream; operations are answered as a whole.' },
  SINGLE_CONNECTION_UNSUPPORTED: { status: 400, isRetryable: false, meaning: 'Event streams are served in distinct connections mode alone, one operation to a connection.' },
  COST_TOO_HIGH: { status: 400, isRetryable: false, meaning: 'The operation may cost more than one operation is allowed to; the message says how much.' },
  RATE_LIMITED: { status: 429, isRetryable: true, meaning: 'The key has spent the cost of its window; `resetAt` says when the next one begins.' },
  PERSISTED_QUERY_NOT_FOUND: { status: 404, isRetryable: true, meaning: 'No document is known by this id or hash; send its text with the hash.' },
  DOCUMENT_NOT_TRUSTED: { status: 403, isRetryable: false, meaning: 'The gateway runs only the documents of its manifest, and this is none of them.' },
  BODY_TOO_LARGE: { status: 413, isRetryable: false, meaning: 'The request body is larger than the limit; large tensors go through createTensorUpload.' },
  BODY_TOO_SLOW: { status: 408, isRetryable: true, meaning: 'The request body did not come whole within its time.' },
  UNAUTHENTICATED: { status: 401, isRetryable: false, meaning: 'No valid API key or token came with the request.' },
  ISSUER_UNAVAILABLE: { status: 503, isRetryable: true, meaning: 'The OpenID Connect issuer does not answer with the keys of its tokens.' },
  FORBIDDEN: { status: 403, isRetryable: false, meaning: 'The caller is known, but its role in the namespace does not allow this.' },
  TOO_MANY_STREAMS: { status: 429, isRetryable: true, meaning: 'The key, or the gateway, has as many subscriptions open as it may.' },
  HOST_NOT_ALLOWED: { status: 403, isRetryable: false, meaning: 'The Host or Origin header is not on the allow-list (protection against DNS rebinding).' },
  NAMESPACE_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such namespace, or the caller has no role in it.' },
  MODEL_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such model, or the caller has no role in its namespace.' },
  MODEL_ARCHIVED: { status: 409, isRetryable: false, meaning: 'The model is archived and takes no new versions.' },
  VERSION_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'The model has no such version.' },
  ALIAS_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'The model has no such alias.' },
  DEPLOYMENT_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such deployment, or the caller has no role in its namespace.' },
  REVISION_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'The deployment has no such revision.' },
  WORKER_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such worker.' },
  JOB_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such job, its retention is over, or the caller has no role in its namespace.' },
  API_KEY_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such API key in this namespace.' },
  TENSOR_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'No such tensor blob, it has expired, or it was never uploaded.' },
  NAME_TAKEN: { status: 409, isRetryable: false, meaning: 'A thing of this kind with this name exists already.' },
  GIT_BUSY: { status: 503, isRetryable: true, meaning: 'The key, or all together, have as many Git exchanges under way as they may, and none ended in time; Retry-After says when to come again.' },
  UPLOAD_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'The upload URL is unknown, used up or expired.' },
  UPLOAD_INCOMPLETE: { status: 400, isRetryable: true, meaning: 'The body ended early or differs from the announced size or digest; nothing was kept.' },
  UPLOAD_TOO_LARGE: { status: 413, isRetryable: false, meaning: 'The upload is larger than its limit; nothing was kept.' },
  VERSION_NOT_READY: { status: 409, isRetryable: true, meaning: 'The model version is still being inspected, was rejected, or is archived.' },
  MODEL_INVALID: { status: 422, isRetryable: false, meaning: 'The file is not a complete, well-formed ONNX model.' },
  MODEL_UNSUPPORTED: { status: 422, isRetryable: false, meaning: 'The model is well-formed, but uses an opset, operator or edge datatype that the runtime does not serve.' },
  MODEL_LOAD_FAILED: { status: 422, isRetryable: false, meaning: 'The runtime could not make a session of the model, or not within its limits.' },
  ARTIFACT_NOT_FOUND: { status: 404, isRetryable: false, meaning: 'The artifact store does not hold this digest.' },
  RANGE_NOT_SATISFIABLE: { status: 416, isRetryable: false, meaning: 'Not one of the bytes asked for is there; `sizeBytes`, and Content-Range, say how many there are.' },
  ARTIFACT_CORRUPT: { status: 500, isRetryable: false, meaning: 'The stored bytes do not match their digest; no worker loads them, and a download breaks off before its end.' },
  DEPLOYMENT_NOT_READY: { status: 409, isRetryable: true, meaning: 'The deployment has no revision that is ready to serve.' },
  DEPLOYMENT_STATE: { status: 409, isRetryable: false, meaning: 'The deployment cannot do this in its present state.' },
  NO_CAPACITY: { status: 503, isRetryable: true, meaning: 'No worker has room for a replica of this revision.' },
  REPLICA_FAILED: { status: 500, isRetryable: true, meaning: 'A worker could not load the revision.' },
  QUEUE_FULL: { status: 429, isRetryable: true, meaning: 'The deployment has as much work waiting, or in flight, as it may; `retryAfterMs` says when some of it should be done.' },
  DEADLINE_UNREACHABLE: { status: 503, isRetryable: true, meaning: 'The work ahead is predicted to take longer than the deadline allows; nothing was accepted.' },
  INPUT_MISSING: { status: 422, isRetryable: false, meaning: 'The model has an input that the item does not give.' },
  INPUT_UNKNOWN: { status: 422, isRetryable: false, meaning: 'The item gives a tensor that the model has no input for.' },
  OUTPUT_UNKNOWN: { status: 422, isRetryable: false, meaning: 'A requested output is not an output of the model.' },
  DATATYPE_MISMATCH: { status: 422, isRetryable: false, meaning: 'The tensor has another datatype than the signature.' },
  SHAPE_MISMATCH: { status: 422, isRetryable: false, meaning: 'The tensor has another rank or another fixed dimension than the signature.' },
  ELEMENT_COUNT_MISMATCH: { status: 422, isRetryable: false, meaning: 'The tensor holds more or fewer elements than its shape says.' },
  TENSOR_INVALID: { status: 422, isRetryable: false, meaning: 'The tensor data cannot be read: base64, JSON values out of range, or not exactly one of json, base64 and blob.' },
  TENSOR_TOO_LARGE: { status: 413, isRetryable: false, meaning: 'An inline tensor is above 64 KiB; send it through createTensorUpload.' },
  IDEMPOTENCY_CONFLICT: { status: 409, isRetryable: false, meaning: 'The idempotency key was used before with another body.' },
  JOB_FINAL: { status: 409, isRetryable: false, meaning: 'The job is in a final state and can no longer do this.' },
  JOB_NOT_RETRYABLE: { status: 409, isRetryable: false, meaning: 'Only failed, canceled or expired jobs whose inputs are still kept can be retried.' },
  CURSOR_INVALID: { status: 400, isRetryable: false, meaning: 'The paging or event cursor was not made by this field.' },
  CURSOR_EXPIRED: { status: 410, isRetryable: false, meaning: 'The events after this cursor are older than the retention.' },
  JOB_CANCELED: { status: 409, isRetryable: false, meaning: 'The job was canceled by a caller.' },
  DEADLINE_EXCEEDED: { status: 504, isRetryable: true, meaning: 'The deadline passed before the work was done; what waited was dropped, what ran was stopped.' },
  INFERENCE_TIMEOUT: { status: 504, isRetryable: false, meaning: 'The run took longer than the revision allows; its runner was killed.' },
  DEVICE_OUT_OF_MEMORY: { status: 507, isRetryable: false, meaning: 'The run needed more memory than the revision allows; its runner ended.' },
  RUNNER_CRASHED: { status: 500, isRetryable: true, meaning: 'The runner process ended during the run, more often than it is retried.' },
  INFERENCE_FAILED: { status: 422, isRetryable: false, meaning: 'The runtime refused the run; the message is its own.' },
  ITEMS_FAILED: { status: 422, isRetryable: false, meaning: 'Some items of the job failed; each item carries its own error.' },
  WORKER_LOST: { status: 503, isRetryable: true, meaning: 'The worker disappeared during the run, more often than it is retried.' },
  SUBGRAPH_UNAVAILABLE: { status: 503, isRetryable: true, meaning: 'A subgraph did not answer.' },
  UNAVAILABLE: { status: 503, isRetryable: true, meaning: 'The database, the queue or the artifact store cannot be reached at the moment; nothing was accepted.' },
  PLATFORM_UNSUPPORTED: { status: 500, isRetryable: false, meaning: 'This operating system or processor is not supported; use the Docker image.' },
  DATA_DIR_LOCKED: { status: 500, isRetryable: false, meaning: 'Another live platform uses this data directory.' },
  PORT_IN_USE: { status: 500, isRetryable: false, meaning: 'Something else listens on the port already.' },
  CONFIGURATION_INVALID: { status: 500, isRetryable: false, meaning: 'Environment variables have wrong values; all of them are named together.' },
  POSTGRES_FAILED: { status: 500, isRetryable: true, meaning: 'The embedded Postgres did not start; the message names its log.' },
  DATABASE_TOO_NEW: { status: 500, isRetryable: false, meaning: 'The database was migrated by a newer version of the platform.' },
  REDIS_POLICY: { status: 500, isRetryable: false, meaning: 'Redis evicts keys; a queue needs maxmemory-policy noeviction.' },
  INTERNAL_SERVER_ERROR: { status: 500, isRetryable: false, meaning: 'A fault of the platform; the log holds it under the request id.' },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** A refusal or failure that the client may read: nothing in `message` or `details` is secret. */
export class PlatformError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Readonly<Record<string, unknown>> = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'PlatformError';
  }

  /** graphql-js copies this into the GraphQL error, in process and behind HTTP alike. */
  get extensions(): Record<string, unknown> {
    return { code: this.code, ...this.details };
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
