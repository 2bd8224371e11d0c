import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../support/api';
import { deployModel } from '../support/deploy';
import { Load } from '../support/load';
import type { PlatformProcess } from '../support/platform-process';
import { recount } from '../support/recount';
import { slowModel, slowItem } from '../support/models';
import { round } from '../support/report';
import type { DrillResult } from './index';

const MIN_ACCEPTED = 2_000;
const MIN_SECONDS = 60;
const SETTLE_MS = 120_000;

export interface Drill {
  name: string;
  platform: PlatformProcess;
  databaseUrl: string;
  replicas: number;
  /** Between two faults. */
  everyMs: number;
  minFaults: number;
  /** Strikes once; true when work was in hand as it struck. */
  strike(): Promise<boolean>;
}

/** Drives load against a platform while faults strike, then recounts from SQL and from the client's ledger. */
export async function underLoad(drill: Drill): Promise<DrillResult> {
  const api = new Api(drill.platform.url);
  const deployment = await deployModel(api, { name: 'drill', onnx: slowModel(), replicas: drill.replicas });
  const load = new Load(api, { deployment, inFlight: 48, items: [slowItem()] });
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  load.start();
  let strikes = 0;
  let faults = 0;
  while (seconds() < MIN_SECONDS || load.accepted.size < MIN_ACCEPTED || faults < drill.minFaults) {
    await delay(drill.everyMs);
    strikes++;
    if (await drill.strike()) faults++;
    if (seconds() > MIN_SECONDS * 5) break;
  }
  await load.finish(SETTLE_MS);
  const counted = await recount(drill.databaseUrl, load.accepted);
  await api.close();
  const unknown = [...load.accepted.values()].filter((status) => status === null).length;
  const wasEnough = seconds() >= MIN_SECONDS && counted.accepted >= MIN_ACCEPTED && faults >= drill.minFaults;
  const allSucceeded = counted.byStatus['SUCCEEDED'] === counted.accepted;
  return {
    drill: drill.name,
    ok: wasEnough && counted.lost === 0 && counted.duplicated === 0 && unknown === 0 && allSucceeded,
    figures: { ...counted, faults, strikes, unknownToClient: unknown, clientRetries: load.refusals, seconds: round(seconds(), 0) },
  };
}
