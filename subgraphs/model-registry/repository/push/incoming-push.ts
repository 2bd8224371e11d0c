import type { RequestScope } from '../../../../platform/caller';
import type { Model } from '../../model/model';
import type { Repository } from '../repository';

/** One push of a caller who may, before its hooks have judged it. */
export interface IncomingPush {
  repository: Repository;
  model: Model;
  scope: RequestScope;
  environment: Readonly<Record<string, string>>;
}
