import type { ByteReply } from '../../../platform/bytes/byte-route';
import { asUnkeepableText } from '../../../platform/database/keepable-text';
import { asUnavailable } from '../../../platform/database/unavailable';
import { ERRORS, PlatformError, type ErrorCode } from '../../../platform/errors';
import { HubRefusal } from '../hub/hub.refusal';

/** MLflow's error codes for ours (mlflow/protos/databricks.proto); what stands in neither list is INTERNAL_ERROR. */
const CODES: Partial<Record<ErrorCode, string>> = {
  MODEL_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST', NAMESPACE_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST', VERSION_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST', ALIAS_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  NAME_TAKEN: 'RESOURCE_ALREADY_EXISTS', BAD_USER_INPUT: 'INVALID_PARAMETER_VALUE', BODY_TOO_LARGE: 'INVALID_PARAMETER_VALUE', FORBIDDEN: 'PERMISSION_DENIED',
  ARTIFACT_NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST', CURSOR_INVALID: 'INVALID_PARAMETER_VALUE', MODEL_ARCHIVED: 'INVALID_STATE', VERSION_NOT_READY: 'INVALID_STATE', UPLOAD_INCOMPLETE: 'TEMPORARILY_UNAVAILABLE', UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE',
};

/** What a client is told. @throws what is no refusal */
export function refusalReply(thrown: unknown): ByteReply {
  const error = asUnkeepableText(asUnavailable(thrown));
  if (error instanceof HubRefusal) return reply(404, 'RESOURCE_DOES_NOT_EXIST', error.message);
  if (!(error instanceof PlatformError) || error.code === 'INTERNAL_SERVER_ERROR') throw error;
  return reply(ERRORS[error.code].status, CODES[error.code] ?? 'INTERNAL_ERROR', error.message);
}

export function noSuchEndpoint(): ByteReply {
  return reply(404, 'ENDPOINT_NOT_FOUND', 'The model registry of MLflow is spoken here, registered-models and model-versions, and nothing else of MLflow.');
}

function reply(status: number, code: string, message: string): ByteReply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify({ error_code: code, message }) };
}
