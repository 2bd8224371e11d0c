export interface ReadLine {
  text: string;
  /** Mean probability of the characters read, 0–1; 0 for an empty line. */
  confidence: number;
}

/** The recogniser's alphabet: class 0 is CTC's blank, the file's lines follow, a space ends it. */
export function alphabetOf(keysFile: string): string[] {
  return ['', ...keysFile.split('\n').map((line) => line.replace(/\r$/, '')).filter((line) => line.length > 0), ' '];
}

/**
 * Greedy CTC decoding (Graves et al. 2006): the likeliest class of each step, repeats merged, blanks dropped.
 * @param scores probabilities of shape [steps, classes], row-major
 */
export function decodeLine(scores: Float32Array, classes: number, alphabet: readonly string[]): ReadLine {
  let text = '';
  let total = 0;
  let characters = 0;
  let previous = 0;
  for (let offset = 0; offset < scores.length; offset += classes) {
    const best = likeliest(scores, offset, classes);
    if (best !== 0 && best !== previous) {
      text += alphabet[best] ?? '';
      total += scores[offset + best]!;
      characters++;
    }
    previous = best;
  }
  return { text: text.trim(), confidence: characters === 0 ? 0 : total / characters };
}

function likeliest(scores: Float32Array, offset: number, classes: number): number {
  let best = 0;
  for (let index = 1; index < classes; index++) {
    if (scores[offset + index]! > scores[offset + best]!) best = index;
  }
  return best;
}
