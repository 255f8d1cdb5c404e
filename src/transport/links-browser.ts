/** The links of a page: a kind is a file with a dialler, and a line here. @module */
import type { Dialler } from './link.js';
import { dialWebSocket } from './websocket-browser.js';

/** By the scheme of an address. */
export const DIALLERS: Readonly<Record<string, Dialler>> = {
  'ws:': dialWebSocket,
  'wss:': dialWebSocket,
};
