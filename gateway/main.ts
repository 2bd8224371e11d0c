import { runProcess } from '../platform/process/run-process';
import { createGatewayApp } from './app';

/** The gateway alone: every subgraph runs in a process of its own and is reached at its SUBGRAPH_…_URL. */
void runProcess('gateway', (parts) => createGatewayApp({ ...parts, subgraphs: [], identity: null }));
