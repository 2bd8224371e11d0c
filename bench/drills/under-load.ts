import { setTimeout as delay } from 'node:timers/promises';
import { Api } from '../support/api';
import { deployModel } from '../support/deploy';
import { Load } from '../support/load';
import { recount } from '../support/recount';
import { slowModel, slowItem } from '../support/models';
import { round } from '../support/report';
import type { DrillResult } from './drill.result';

const MIN_ACCEPTED = 2_000;
const MIN_SECONDS = 60;
/** A machine that is busy with other things starts workers slowly; the faults go on all the while. */
const MAX_SECONDS = 600;
const SETTLE_MS = 120_000;
const IN_FLIGHT = 48;
/** Items of the jobs, in turn: most have one, some are spread over chunks. */
const ITEM_COUNTS = [1, 1, 1, 3];

export interface Drill {
  name: string;
  platform: { url: string };
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
  try {
    const deployment = await deployModel(api, { name: 'drill', onnx: slowModel(), replicas: drill.replicas });
    const load = new Load(api, { deployment, inFlight: IN_FLIGHT, item: slowItem(), itemCounts: ITEM_COUNTS });
    const struck = await strikeWhile(drill, load);
    await load.finish(SETTLE_MS);
    return await judge(drill, load, struck);
  } finally {
    await api.close();
  }
}

interface Struck {
  strikes: number;
  /** Strikes that met work in hand. */
  faults: number;
  /** Of the time with faults, the settling afterwards left out. */
  seconds: number;
}

async function strikeWhile(drill: Drill, load: Load): Promise<Struck> {
  const startedAt = performance.now();
  const struck: Struck = { strikes: 0, faults: 0, seconds: 0 };
  load.start();
  do {
    await delay(drill.everyMs);
    struck.strikes += 1;
    if (await drill.strike()) struck.faults += 1;
    struck.seconds = (performance.now() - startedAt) / 1000;
  } while (struck.seconds < MAX_SECONDS && !isEnough(drill, load.accepted.size, struck));
  return struck;
}

function isEnough({ minFaults }: Drill, accepted: number, { faults, seconds }: Struck): boolean {
  return seconds >= MIN_SECONDS && accepted >= MIN_ACCEPTED && faults >= minFaults;
}

async function judge(drill: Drill, load: Load, struck: Struck): Promise<DrillResult> {
  const counted = await recount(drill.databaseUrl, load.accepted);
  const toldOtherwise = counted.statuses.filter(({ id, status }) => load.accepted.get(id) !== status).length;
  const isClean = counted.lost === 0 && counted.duplicated === 0 && toldOtherwise === 0;
  const haveAllSucceeded = counted.byStatus['SUCCEEDED'] === counted.accepted;
  const { accepted, finished, lost, duplicated, byStatus, maxAttempts } = counted;
  return {
    drill: drill.name,
    ok: isEnough(drill, counted.accepted, struck) && isClean && haveAllSucceeded,
    figures: {
      accepted, finished, lost, duplicated, byStatus, maxAttempts, ...struck, seconds: round(struck.seconds, 0), toldOtherwise, clientRetries: load.retries,
      longestJobSeconds: round(load.longestMs / 1000, 1),
    },
  };
}
