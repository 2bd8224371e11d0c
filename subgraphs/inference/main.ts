import 'reflect-metadata';
import { migrations } from '../../migrations';
import { runProcess } from '../../platform/process/run-process';
import { serveAlone } from '../../platform/subgraph/program';
import { inferenceProgram } from './app';

/** The inference subgraph alone. */
void runProcess('inference', (parts) => serveAlone(inferenceProgram, migrations, parts));
