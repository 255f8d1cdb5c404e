/** The reference of everything that the package exports: what stands in package.json under `exports`, and nothing else. */
import { readFileSync } from 'node:fs';

const { exports } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

/** dist/src/index.d.ts comes from src/index.ts. */
const entryPoints = Object.values(exports)
  .filter((entry) => typeof entry.types === 'string')
  .map(({ types }) => types.replace(/^\.\/dist\/(.*)\.d\.ts$/, '../../$1.ts'));

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'Tacit',
  entryPoints,
  tsconfig: '../../tsconfig.json',
  out: 'html',
  readme: '../../README.md',
  excludePrivate: true,
  excludeInternal: true,
  githubPages: false,
  validation: {
    invalidLink: true,
    notExported: true,
    notDocumented: false,
    rewrittenLink: true,
    unusedMergeModuleWith: true,
  },
  // members of a union, which the union names, and what modules, circuits and lanes are made of
  intentionallyNotExported: [
    'InputStep',
    'LocalStep',
    'LinearStep',
    'ProductStep',
    'GarbledStep',
    'BooleanStep',
    'RingExports',
    'LabelExports',
    'OtExports',
    'BooleanExports',
    'KernelMemory',
    'ExtensionState',
    'InputOp',
    'ComputedOp',
    'FixedOps',
    'DIRECTIONS',
    'COMPUTE_ROLES',
    'Storage',
    'PREPROCESSINGS',
    'Bytes',
    'Cost',
    'Sum',
    'Literal',
    'Clock',
  ],
  treatWarningsAsErrors: true,
};
