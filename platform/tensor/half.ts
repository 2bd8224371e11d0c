/**
 * IEEE 754 binary16 (FP16) as bits, since JavaScript has no half type on Node 20. Rounding goes straight from double to half, once:
 * by way of float32 it would round twice.
 */

/** 65504, the largest half, plus half a step: from here on a number rounds to infinity. */
const HALF_OVERFLOW = 65_520;
/** The steps of subnormal halves are 2^-24 wide. */
const SUBNORMAL_STEP = 2 ** -24;
const SMALLEST_NORMAL = 2 ** -14;

const wide = new DataView(new ArrayBuffer(8));

/** Rounds to nearest, ties to even; beyond the range gives infinity, NaN the quiet NaN. */
export function toHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= HALF_OVERFLOW) return sign | 0x7c00;
  if (magnitude < SMALLEST_NORMAL) return sign | roundToEven(magnitude / SUBNORMAL_STEP);
  wide.setFloat64(0, magnitude);
  const exponent = (wide.getUint16(0) >>> 4) - 1_023;
  const mantissa = roundToEven((magnitude / 2 ** exponent - 1) * 1_024);
  // A mantissa that rounds up to 1024 carries into the exponent by plain addition.
  return sign | (((exponent + 15) << 10) + mantissa);
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * mantissa * SUBNORMAL_STEP;
  return sign * (1 + mantissa / 1_024) * 2 ** (exponent - 15);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}
