import type { Box } from './picture';

/** The detector's answer: per pixel, how likely it belongs to text. */
export interface ProbabilityMap {
  width: number;
  height: number;
  data: Float32Array;
}

const TEXT_THRESHOLD = 0.3;
const MIN_PIXELS = 60;
/** How far a line reaches beyond its marked kernel: area · ratio ÷ perimeter. PaddleOCR's own ratio is 1.5 for tight polygons. */
const UNCLIP_RATIO = 1.8;

/**
 * The lines of text in reading order, in pixels of a picture of the given size. Connected regions of the probability map, each
 * widened by the margin that differentiable binarisation took away (Liao et al. 2020, §3.4).
 */
export function textBoxes(map: ProbabilityMap, picture: { width: number; height: number }): Box[] {
  const scaleX = picture.width / map.width;
  const scaleY = picture.height / map.height;
  const boxes = regions(map).map(({ left, top, right, bottom }) => {
    const margin = unclipDistance(right - left + 1, bottom - top + 1);
    return clip({
      left: (left - margin) * scaleX, top: (top - margin) * scaleY,
      right: (right + 1 + margin) * scaleX, bottom: (bottom + 1 + margin) * scaleY,
    }, picture);
  });
  return inReadingOrder(boxes);
}

function unclipDistance(width: number, height: number): number {
  return (width * height * UNCLIP_RATIO) / (2 * (width + height));
}

interface Region { left: number; top: number; right: number; bottom: number }

function regions(map: ProbabilityMap): Region[] {
  const seen = new Uint8Array(map.data.length);
  const found: Region[] = [];
  for (let start = 0; start < map.data.length; start++) {
    if (seen[start] || map.data[start]! <= TEXT_THRESHOLD) continue;
    const { region, pixels } = flood(map, start, seen);
    if (pixels > MIN_PIXELS) found.push(region);
  }
  return found;
}

function flood(map: ProbabilityMap, start: number, seen: Uint8Array): { region: Region; pixels: number } {
  const region = { left: map.width, top: map.height, right: 0, bottom: 0 };
  const open = [start];
  let pixels = 0;
  seen[start] = 1;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const x = at % map.width;
    const y = Math.floor(at / map.width);
    pixels++;
    region.left = Math.min(region.left, x);
    region.right = Math.max(region.right, x);
    region.top = Math.min(region.top, y);
    region.bottom = Math.max(region.bottom, y);
    for (const next of neighbours(x, y, map)) {
      if (seen[next] || map.data[next]! <= TEXT_THRESHOLD) continue;
      seen[next] = 1;
      open.push(next);
    }
  }
  return { region, pixels };
}

function neighbours(x: number, y: number, { width, height }: ProbabilityMap): number[] {
  const at = y * width + x;
  const around = [x > 0 ? at - 1 : -1, x < width - 1 ? at + 1 : -1, y > 0 ? at - width : -1, y < height - 1 ? at + width : -1];
  return around.filter((next) => next >= 0);
}

function clip({ left, top, right, bottom }: Region, picture: { width: number; height: number }): Box {
  const x = Math.max(0, Math.floor(left));
  const y = Math.max(0, Math.floor(top));
  return { left: x, top: y, width: Math.min(picture.width, Math.ceil(right)) - x, height: Math.min(picture.height, Math.ceil(bottom)) - y };
}

/** Top to bottom; boxes whose middles lie within half a line of each other share a row and read left to right. */
function inReadingOrder(boxes: Box[]): Box[] {
  const middle = (box: Box) => box.top + box.height / 2;
  const rows: Box[][] = [];
  for (const box of [...boxes].sort((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    if (row && Math.abs(middle(row[0]!) - middle(box)) < Math.min(row[0]!.height, box.height) / 2) row.push(box);
    else rows.push([box]);
  }
  return rows.flatMap((row) => row.sort((a, b) => a.left - b.left));
}
