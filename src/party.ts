/** The roles that hold shares or make correlations: compute party, dealer, model owner; and what they are made of: oblivious transfers, circuits. @module */

export { formatBristol, parseBristol } from '../circuits/bristol.js';
export type { Circuit, Output as CircuitOutput } from '../circuits/circuit.js';
export * from './common.js';
export type { Kernels } from './kernels/kernels.js';
export { type KernelModule, loadKernelModule, provideKernelCode } from './kernels/module.js';
export { wasmKernels } from './kernels/wasm.js';
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
export type { KernelKind } from './platform/platform.js';
export { sendModelThree } from './roles/components.js';
export { type DealerOptions, runDealer } from './roles/dealer.js';
export type { Address, RoleOptions, WorkerOptions } from './roles/options.js';
export { type OwnerOptions, runOwner, sendModel } from './roles/owner.js';
export { type ComputeRole, type PartyOptions, runParty } from './roles/party.js';
export { type Identity, type Role, Session, type SessionOptions } from './session/session.js';
export { OwnerStore, type SharedRecord } from './store/owner-store.js';
export type { Channel, Lane, LaneCount } from './transport/channel.js';
export { dial } from './transport/dial.js';
export type { Frame, FrameType } from './transport/frame.js';
export type { Link, NetworkProfile } from './transport/link.js';
export { type Listener, listen } from './transport/websocket.js';
