/**
 * Tacit as a library: load a model, fix its point, compile its plan, and take part in a session as client or model owner
 * (compute parties and dealer are processes of the command line); or have oblivious transfers alone. docs/architecture.md tells how the parts fit.
 * @module
 */

export { formatBristol, parseBristol } from '../circuits/bristol.js';
export type { Circuit, Output as CircuitOutput } from '../circuits/circuit.js';
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
export type { Kernels } from './kernels/kernels.js';
export { type KernelModule, loadKernelModule } from './kernels/module.js';
export { wasmKernels } from './kernels/wasm.js';
export type { Interval } from './model/bounds.js';
export type { FixedGraph, FixedModel } from './model/fixed-model.js';
export { evaluateFloat, type FloatResult } from './model/float.js';
export type { Graph } from './model/graph.js';
export { loadModel } from './model/load.js';
export type { InputNode } from './model/ops/input.js';
export type { Shape } from './model/ops/node.js';
export type { LinearWeights } from './model/ops/operator.js';
export type { ComputedNode, FixedNode, GraphOp } from './model/ops/operators.js';
export { evaluatePlain, type PlainOptions, type PlainResult, type Wrapped } from './model/plain.js';
export { type Quantized, type QuantizeOptions, quantize } from './model/quantize/quantize.js';
export type { RangeReport, RangeStep } from './model/quantize/range.js';
export type { CotReceiver, CotSender } from './ot/extension.js';
export {
  chosenOtBytes,
  type RandomChoices,
  type RandomPairs,
  randomOtBytes,
  receiveChosen,
  receiveRandom,
  sendChosen,
  sendRandom,
  type Wire,
} from './ot/random.js';
export { ReceiverSetup as OtReceiverSetup, SenderSetup as OtSenderSetup } from './ot/setup.js';
export { setupBytes as otSetupBytes } from './ot/sizes.js';
export type { PlanInput, Prediction } from './plan/compile.js';
export type { AnyPlan, AnyTraffic } from './plan/plan.js';
export { compileThree as planThree, type ThreePlan } from './plan/three.js';
export { compilePlan as plan, type Plan } from './plan/two.js';
export { Client, type Inference, type PeakMemory, type PhaseCost, type ProgressListener } from './roles/client.js';
export { sendModelThree } from './roles/components.js';
export { type ConnectOptions, connect } from './roles/connect.js';
export { sendModel } from './roles/owner.js';
export { type Identity, type Role, Session, type SessionOptions } from './session/session.js';
export type {
  Direction as ThreeDirection,
  Step as ThreeStep,
  StepCost as ThreeStepCost,
  Traffic as ThreeTraffic,
} from './steps/three.js';
export type { Direction, Step, StepCost, Traffic } from './steps/two.js';
export { OwnerStore, type SharedRecord } from './store/owner-store.js';
export type { Channel, Lane, LaneCount } from './transport/channel.js';
export { dial } from './transport/dial.js';
export type { Frame, FrameType } from './transport/frame.js';
export type { Link, NetworkProfile } from './transport/link.js';
export { type Listener, listen } from './transport/websocket.js';
