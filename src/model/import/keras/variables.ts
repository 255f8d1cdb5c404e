/** The weights of a layer in the order in which Keras keeps them: a .keras file numbers them. @module */

type Settings = Readonly<Record<string, unknown>>;

const biased =
  (...kernels: readonly string[]) =>
  ({ use_bias }: Settings): readonly string[] => [...kernels, ...(use_bias === false ? [] : ['bias'])];

const kernel = biased('kernel');
const separable = biased('depthwise_kernel', 'pointwise_kernel');

const VARIABLES: Readonly<Record<string, (config: Settings) => readonly string[]>> = {
  Dense: kernel,
  Conv1D: kernel,
  Conv2D: kernel,
  Conv3D: kernel,
  Conv1DTranspose: kernel,
  Conv2DTranspose: kernel,
  Conv3DTranspose: kernel,
  DepthwiseConv1D: kernel,
  DepthwiseConv2D: kernel,
  SeparableConv1D: separable,
  SeparableConv2D: separable,
  BatchNormalization: ({ scale, center }) => [
    ...(scale === false ? [] : ['gamma']),
    ...(center === false ? [] : ['beta']),
    'moving_mean',
    'moving_variance',
  ],
  Normalization: ({ mean }) => (mean === null || mean === undefined ? ['mean', 'variance', 'count'] : []),
  PReLU: () => ['alpha'],
};

/** None of a layer that has no weights, and of one that is not known. */
export function variablesOf(kind: string, config: Settings): readonly string[] {
  return Object.hasOwn(VARIABLES, kind) ? VARIABLES[kind]!(config) : [];
}
