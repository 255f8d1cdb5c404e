/** How files become the inputs that a model takes. */
const formats = 'test/parties/formats.test.ts';
const images = 'test/parties/images.test.ts';
const layout = 'test/parties/layout.test.ts';

export const mutants = [
  {
    id: 'inputs-layout-first-by-default',
    file: 'parties/cli/layout.ts',
    find: 'if (isFirst === isLast) return undefined;',
    replace: "if (isFirst === isLast) return isFirst ? 'nhwc' : undefined;",
    tests: [layout],
    why: 'an image is put on axes that the shape does not tell',
  },
  {
    id: 'inputs-layout-not-transposed',
    file: 'parties/cli/layout.ts',
    find: "const order = to === 'nchw' ? [0, 3, 1, 2] : [0, 2, 3, 1];",
    replace: "const order = to === 'nchw' ? [0, 3, 2, 1] : [0, 2, 3, 1];",
    tests: [layout],
    why: 'images are transposed in themselves',
  },
  {
    id: 'inputs-row-of-colours-guessed',
    file: 'parties/cli/fit.ts',
    find: '(layout === undefined ? undefined : countOf(came, [size]))',
    replace: 'countOf(came, [size])',
    tests: [layout],
    why: 'the order of a flat row of colours is guessed',
  },
  {
    id: 'inputs-fortran-as-c',
    file: 'parties/cli/formats/npy.ts',
    find: 'return fortran ? fromFortran(shape, values) : { shape, values };',
    replace: 'return { shape, values };',
    tests: [formats],
    why: 'an array in Fortran order is scrambled',
  },
  {
    id: 'inputs-zip-checksum-ignored',
    file: 'src/model/import/zip.ts',
    find: 'check(`the checksum of ${name}`, crc32(content) === checksum);',
    replace: '',
    tests: [formats],
    why: 'damaged arrays are taken',
  },
  {
    id: 'inputs-exif-turned-the-other-way',
    file: 'parties/cli/formats/exif.ts',
    find: 'case 6:\n        return (bottom - x) * width + y;',
    replace: 'case 6:\n        return x * width + right - y;',
    tests: [images],
    why: 'photos lie on their head',
  },
  {
    id: 'inputs-resize-without-antialiasing',
    file: 'parties/cli/formats/resize.ts',
    find: 'const reach = Math.max(1, step);',
    replace: 'const reach = 1;',
    tests: ['test/parties/resize.test.ts'],
    why: 'most pixels of a large image count for nothing',
  },
  {
    id: 'inputs-blue-first-ignored',
    file: 'parties/cli/formats/images.ts',
    find: 'blueFirst && c < 3 ? 2 - c : c',
    replace: 'c',
    tests: [images],
    why: 'a network that was trained on blue first gets red first',
  },
  {
    id: 'inputs-card-ignored',
    file: 'parties/cli/rules.ts',
    find: 'flags.scale ?? card.scale',
    replace: 'flags.scale',
    tests: ['test/parties/scaling.test.ts'],
    why: 'pixels are scaled as the model does not want them',
  },
  {
    id: 'client-prediction-of-padding',
    file: 'src/roles/reals.ts',
    find: 'words.subarray(0, used)',
    replace: 'words',
    tests: ['test/roles/predict.test.ts'],
    why: 'results of zeros that fill up a batch are handed out',
  },
];
