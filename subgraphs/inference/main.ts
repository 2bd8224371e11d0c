import 'reflect-metadata';
import { runProcess } from '../../platform/run-process';
import { startInference } from './app';

void runProcess('inference', startInference);
