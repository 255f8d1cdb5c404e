/** A Keras file on disk. @module */
import { extname } from 'node:path';
import { TacitError } from '../../../core/errors.js';
import { readFile } from '../files.js';
import type { Importer } from '../importer.js';
import { MOST_MODEL_BYTES } from '../limits.js';

const EXTENSIONS = ['.keras', '.h5', '.hdf5'];

export const keras: Importer = {
  reads: 'a Keras model.keras or model.h5',
  accepts: (path) => EXTENSIONS.includes(extname(path)),
  // the layers are those of tfjs
  operators: async () => [],
  load: async (path, options) => {
    // with the HDF5 library, which no other format needs
    const { importKeras } = await import('./keras.js');
    const bytes = await readFile(path, MOST_MODEL_BYTES);
    try {
      return await importKeras(bytes, options);
    } catch (cause) {
      if (cause instanceof TacitError) throw cause;
      // of the archive, or of a topology of lists in lists in lists
      throw new TacitError('BAD_MODEL', `expected a whole Keras file at ${path}, got another. Export the model again`, {
        cause,
      });
    }
  },
};
