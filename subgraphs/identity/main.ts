import 'reflect-metadata';
import { migrations } from '../../migrations';
import { runProcess } from '../../platform/process/run-process';
import { serveAlone } from '../../platform/subgraph/program';
import { identityProgram } from './app';

/** The identity subgraph alone. */
void runProcess('identity', (parts) => serveAlone(identityProgram, migrations, parts));
