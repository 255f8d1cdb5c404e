/** A decoded image. @module */

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Pixels extends Size {
  /** Four bytes a pixel. */
  readonly rgba: Uint8Array;
}
