import 'reflect-metadata';
import { migrations } from '../../migrations';
import { runProcess } from '../../platform/process/run-process';
import { serveAlone } from '../../platform/subgraph/program';
import { modelRegistryProgram } from './app';

/** The model-registry subgraph alone. */
void runProcess('model-registry', (parts) => serveAlone(modelRegistryProgram, migrations, parts));
