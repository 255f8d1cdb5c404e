/**
 * Tacit as a library: load a model, fix its point, compile its plan (`tacit-mpc/model`), and ask running parties for private inferences
 * (`tacit-mpc/client`). Parties, dealers and owners of models are in `tacit-mpc/party`. docs/architecture.md tells how the parts fit.
 * @module
 */

export * from './client.js';
export * from './model.js';
