import { createCanvas, loadImage, type Canvas } from '@napi-rs/canvas';

/** A rectangle in pixels of the picture it was found in. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** An FP32 tensor of layout NCHW, batch of one. */
export interface PictureTensor {
  shape: [1, 3, number, number];
  data: Float32Array;
}

interface Normalisation {
  /** Per channel, blue first: PaddleOCR was trained on BGR. */
  mean: readonly [number, number, number];
  deviation: readonly [number, number, number];
}

const DETECTOR: Normalisation = { mean: [0.406, 0.456, 0.485], deviation: [0.225, 0.224, 0.229] };
const RECOGNISER: Normalisation = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
const DETECTOR_MAX_SIDE = 960;
/** The detector halves its input five times. */
const DETECTOR_MULTIPLE = 32;
const RECOGNISER_HEIGHT = 48;

export async function readPicture(source: string | Buffer): Promise<Canvas> {
  const image = await loadImage(source);
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas;
}

/** The whole picture, scaled to at most 960 pixels a side, both sides multiples of 32. */
export function detectorInput(picture: Canvas): PictureTensor {
  const scale = Math.min(1, DETECTOR_MAX_SIDE / Math.max(picture.width, picture.height));
  const side = (pixels: number) => Math.max(DETECTOR_MULTIPLE, Math.round((pixels * scale) / DETECTOR_MULTIPLE) * DETECTOR_MULTIPLE);
  const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
  return tensorOf({ picture, box: whole, width: side(picture.width), height: side(picture.height) }, DETECTOR);
}

/** One line of text, 48 pixels high, as wide as its shape asks. */
export function recogniserInput(picture: Canvas, box: Box): PictureTensor {
  const width = Math.max(RECOGNISER_HEIGHT, Math.round((RECOGNISER_HEIGHT * box.width) / box.height));
  return tensorOf({ picture, box, width, height: RECOGNISER_HEIGHT }, RECOGNISER);
}

function tensorOf(crop: { picture: Canvas; box: Box; width: number; height: number }, { mean, deviation }: Normalisation): PictureTensor {
  const { picture, box, width, height } = crop;
  const canvas = createCanvas(width, height);
  const context = canvas.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, box.left, box.top, box.width, box.height, 0, 0, width, height);
  const rgba = context.getImageData(0, 0, width, height).data;
  const plane = width * height;
  const data = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < plane; pixel++) {
      data[channel * plane + pixel] = (rgba[pixel * 4 + 2 - channel]! / 255 - mean[channel]!) / deviation[channel]!;
    }
  }
  return { shape: [1, 3, height, width], data };
}
