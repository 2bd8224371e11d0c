import { writeFileSync } from 'node:fs';
import { renderPage, type PlacedText } from './render';

/** Makes `examples/invoice.png` and the lines that must be read from it, in reading order. */
const line = (text: string, x: number, y: number, sizePx = 26): PlacedText => ({ text, x, y, sizePx });

const texts = [
  line('INVOICE 2026-1123', 60, 80, 40),
  line('Northwind Instruments Ltd', 60, 140), line('Date: 23 November 2026', 560, 140),
  line('14 Harbour Street, Bristol', 60, 185), line('Due: 23 December 2026', 560, 185),
  line('Description', 60, 270), line('Qty', 560, 270), line('Amount', 760, 270),
  line('Pressure sensor PX-40', 60, 325), line('12', 560, 325), line('1,188.00', 760, 325),
  line('Calibration service', 60, 380), line('1', 560, 380), line('240.00', 760, 380),
  line('Express shipping', 60, 435), line('1', 560, 435), line('35.50', 760, 435),
  line('Subtotal', 560, 510), line('1,463.50', 760, 510),
  line('VAT 20%', 560, 560), line('292.70', 760, 560),
  line('Total EUR', 560, 620, 30), line('1,756.20', 760, 620, 30),
  line('Thank you for your business', 60, 660, 24),
];

writeFileSync('examples/invoice.png', renderPage({ width: 960, height: 704, texts }));
writeFileSync('examples/invoice.txt', `${texts.map(({ text }) => text).join('\n')}\n`);
