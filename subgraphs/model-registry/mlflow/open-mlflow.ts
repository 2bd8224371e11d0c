import type { Database } from '../../../platform/database/database';
import type { HubFiles } from '../hub/hub.files';
import { MlflowDoor } from './mlflow.door';
import { MlflowFiles } from './mlflow.files';
import { MlflowModels, type MlflowModelParts } from './mlflow.models';
import { MlflowSearch } from './mlflow.search';
import { MlflowVersions, type MlflowVersionParts } from './mlflow.versions';
import { MlflowView } from './mlflow.view';

export interface MlflowOptions {
  database: Database;
  publicUrl: string;
  files: HubFiles;
  models: Omit<MlflowModelParts, 'search' | 'view'>;
  versions: Omit<MlflowVersionParts, 'search' | 'view' | 'models' | 'publicUrl'>;
}

/** MLflow's door, with what stands behind it. */
export function createMlflowDoor({ database, publicUrl, files, models, versions }: MlflowOptions): MlflowDoor {
  const search = new MlflowSearch(database);
  const view = new MlflowView(database, publicUrl);
  return new MlflowDoor(
    new MlflowModels({ ...models, search, view }),
    new MlflowVersions({ ...versions, models: models.directory, search, view, publicUrl }),
    new MlflowFiles(files),
  );
}
