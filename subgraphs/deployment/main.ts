import 'reflect-metadata';
import { migrations } from '../../migrations';
import { runProcess } from '../../platform/process/run-process';
import { serveAlone } from '../../platform/subgraph/program';
import { deploymentProgram } from './app';

/** The deployment subgraph alone. */
void runProcess('deployment', (parts) => serveAlone(deploymentProgram, migrations, parts));
