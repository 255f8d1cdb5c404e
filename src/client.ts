/**
 * A client of running parties, in Node or in a page: it splits inputs and learns outputs. Nothing here garbles, transfers, imports models or touches
 * files.
 * @module
 */

export * from './common.js';
export { Client, type Inference, type PeakMemory, type PhaseCost, type ProgressListener } from './roles/client.js';
export { type ConnectOptions, connect } from './roles/connect.js';
export { splitInput } from './roles/inputs.js';
export type { RoleOptions } from './roles/options.js';
export { type Predict, type Predicted, predictor } from './roles/predict.js';
export { type Identity, type Role, Session, type SessionOptions } from './session/session.js';
export type { Channel, Lane, LaneCount } from './transport/channel.js';
export { dial } from './transport/dial.js';
export type { Frame, FrameType } from './transport/frame.js';
export type { Link, NetworkProfile } from './transport/link.js';
