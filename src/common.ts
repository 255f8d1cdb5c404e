/** What every entry point exports: errors, fixed point, trust models, plans. @module */

export {
  ERROR_CODES,
  type ErrorCode,
  type ErrorFacts,
  ProtocolError,
  TacitError,
  type TacitErrorOptions,
} from './core/errors.js';
export { decode, encode, type RealRange } from './core/fixed.js';
export type { Conv2d, Pool2d } from './core/linear-map.js';
export type { RingBits } from './core/ring.js';
export type { Public } from './core/secret.js';
export {
  describeTrust,
  type Preprocessing,
  type Reveal,
  type ThreePartyTrust,
  type TrustModel,
  type TwoPartyTrust,
} from './core/trust.js';
export type { FixedGraph, FixedModel, Precision } from './model/fixed-model.js';
export type { InputNode } from './model/ops/input.js';
export type { Ending, Port, Shape } from './model/ops/node.js';
export type { LinearWeights } from './model/ops/operator.js';
export type { ComputedNode, FixedNode } from './model/ops/operators.js';
export type { PlanInput, PlanNetwork, Prediction } from './plan/compile.js';
export type { AnyPlan, AnyTraffic } from './plan/plan.js';
export { compileThree as planThree, type ThreePlan } from './plan/three.js';
export { compilePlan as plan, type Plan } from './plan/two.js';
export type {
  Direction as ThreeDirection,
  Step as ThreeStep,
  StepCost as ThreeStepCost,
  Traffic as ThreeTraffic,
} from './steps/three.js';
export type { Direction, Step, StepCost, Traffic } from './steps/two.js';
