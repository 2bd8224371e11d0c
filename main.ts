import 'reflect-metadata';
import { startPlatform } from './app';
import { runProcess } from './platform/process/run-process';

/** The whole platform: embedded parts, four subgraphs, the gateway, and the workers it keeps alive. */
void runProcess('platform', startPlatform);
