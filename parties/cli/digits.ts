/** Grey images drawn in a terminal, two rows of pixels a line of half blocks. @module */

/** Upper and lower pixel, ink or paper. */
const BLOCKS = [' ', '▄', '▀', '█'];
const INK = 0.4;

/**
 * Lines that show the images side by side.
 *
 * @param images each height * width reals from 0 (paper) to 1 (ink)
 */
export function drawImages(images: readonly Float32Array[], height: number, width: number, gap = 4): string[] {
  const lines: string[] = [];
  for (let y = 0; y < height; y += 2) {
    const rows = images.map((image) => {
      let row = '';
      for (let x = 0; x < width; x++) row += BLOCKS[2 * inkAt(image, y, x) + inkAt(image, y + 1, x)]!;
      return row;
    });
    lines.push(rows.join(' '.repeat(gap)).trimEnd());
  }
  const inked = lines.map((text) => text !== '');
  return lines.slice(inked.indexOf(true), inked.lastIndexOf(true) + 1);

  function inkAt(image: Float32Array, y: number, x: number): 0 | 1 {
    return y < height && image[y * width + x]! > INK ? 1 : 0;
  }
}
