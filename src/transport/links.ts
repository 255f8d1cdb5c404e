/** The links of Node: a kind is a file with a dialler, and a line here. @module */
import type { Dialler } from './link.js';
import { dialWebSocket } from './websocket.js';

/** By the scheme of an address. */
export const DIALLERS: Readonly<Record<string, Dialler>> = {
  'ws:': dialWebSocket,
  'wss:': dialWebSocket,
};
