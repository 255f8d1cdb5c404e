/** How Keras files become graphs. */
const keras = 'test/model/import/keras/keras.test.ts';

export const mutants = [
  {
    id: 'keras-operation',
    file: 'src/model/import/keras/checks.ts',
    find: "!('trainable' in config)",
    replace: 'false',
    tests: [keras],
    why: 'x + 1 is taken for a layer Add, and the 1 is lost',
  },
  {
    id: 'keras-training',
    file: 'src/model/import/keras/checks.ts',
    find: 'training: z.literal(true)',
    replace: 'training: z.literal(2)',
    tests: [keras],
    why: 'dropout that Keras applies is left out',
  },
  {
    id: 'keras-more-weights',
    file: 'src/model/import/keras/weights.ts',
    find: 'if (file.has(`${variables}/${names.length}`))',
    replace: 'if (false)',
    tests: [keras],
    why: 'weights of a layer that are not known are left out',
  },
  {
    id: 'keras-group-names',
    file: 'src/model/import/keras/weights.ts',
    find: 'used.set(base, count + 1);',
    replace: 'used.set(base, count);',
    tests: [keras],
    why: 'the second layer of a class has the weights of the first',
  },
  {
    id: 'keras-devices',
    file: 'src/model/import/keras/hdf5.ts',
    find: 'files.unlink(`${DEVICES}/${device}`);',
    replace: '{}',
    tests: [keras],
    why: 'a file may name standard input as where its data are',
  },
];
