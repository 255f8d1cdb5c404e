/** An ONNX file on disk, and the files of external data beside it. @module */
import { dirname, extname } from 'node:path';
import { TacitError } from '../../../core/errors.js';
import { readFile, readPart } from '../files.js';
import type { Importer } from '../importer.js';
import { MOST_MODEL_BYTES } from '../limits.js';

export const onnx: Importer = {
  reads: 'an ONNX model.onnx',
  accepts: (path) => extname(path) === '.onnx',
  operators: async () => {
    const { EVALUATED_OPERATORS, SUPPORTED_OPERATORS } = await import('./operators.js');
    return [
      { of: 'ONNX operators', names: SUPPORTED_OPERATORS },
      { of: 'ONNX operators of constants alone', names: EVALUATED_OPERATORS },
    ];
  },
  load: async (path, options) => {
    // with what reads protocol buffers, which no other format needs
    const { importOnnx } = await import('./import.js');
    const bytes = await readFile(path, MOST_MODEL_BYTES);
    try {
      return await importOnnx(bytes, (name, offset, length) => readPart(dirname(path), name, offset, length), options);
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw new TacitError('BAD_MODEL', `expected a model of moderate size in ${path}, got another. Export it again`, {
        cause,
      });
    }
  },
};
