/**
 * Tacit as a library: load a model, fix its point, compile its plan, and take part in a session as client or model owner
 * (compute parties and dealer are processes of the command line); or have oblivious transfers alone. docs/architecture.md tells how the parts fit.
 * @module
 */
export { formatBristol, parseBristol } from '../circuits/bristol.js';
export { Client, type Inference, type PeakMemory, type PhaseCost } from './client.js';
export { sendModelThree } from './components.js';
export { type ConnectOptions, connect } from './connect.js';
export { ERROR_CODES, type ErrorCode, TacitError } from './core/errors.js';
export { decode, encode } from './core/fixed.js';
export { describeTrust, type Reveal, type TrustModel } from './core/trust.js';
export { loadKernelModule } from './kernels/module.js';
export { wasmKernels } from './kernels/wasm.js';
export type { FixedGraph, FixedModel } from './model/fixed-model.js';
export { evaluateFloat } from './model/float.js';
export { loadModel } from './model/load.js';
export { evaluatePlain } from './model/plain.js';
export { quantize } from './model/quantize/quantize.js';
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
export {
  ReceiverSetup as OtReceiverSetup,
  SenderSetup as OtSenderSetup,
  setupBytes as otSetupBytes,
} from './ot/setup.js';
export { sendModel } from './owner.js';
export { compilePlan as plan, type Plan, type PlanInput, type Prediction } from './plan/plan.js';
export { compileThree as planThree, type ThreePlan } from './plan/three.js';
export { type Identity, type Role, Session } from './session.js';
export { OwnerStore } from './store/owner-store.js';
export type { NetworkProfile } from './transport/link.js';
export { dial, listen } from './transport/websocket.js';
