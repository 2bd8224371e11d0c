import { createRequire } from 'node:module';
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';

const FONT = 'DejaVu Sans';

export interface PlacedText {
  text: string;
  x: number;
  /** The baseline. */
  y: number;
  sizePx: number;
}

/** A white page with black text as PNG, in a font that an npm package ships: the same pixels on every machine. */
export function renderPage(page: { width: number; height: number; texts: readonly PlacedText[] }): Buffer {
  if (!GlobalFonts.has(FONT)) GlobalFonts.registerFromPath(createRequire(__filename).resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf'), FONT);
  const canvas = createCanvas(page.width, page.height);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, page.width, page.height);
  context.fillStyle = 'black';
  for (const { text, x, y, sizePx } of page.texts) {
    context.font = `${sizePx}px "${FONT}"`;
    context.fillText(text, x, y);
  }
  return canvas.toBuffer('image/png');
}
