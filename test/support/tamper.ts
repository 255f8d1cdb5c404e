/** A peer that misbehaves: links whose frames are changed on their way. */
import { decodeFrame, encodeFrame, type Frame } from '../../src/transport/frame.js';
import type { Link } from '../../src/transport/link.js';

/** What goes out instead of a frame. */
export type Tampering = (frame: Frame) => Frame | readonly Frame[] | undefined;

/** Changes the frames that `name` sends: what `change` returns goes out instead. */
export function tamper(name: string, change: Tampering): (link: string, inner: Link) => Link {
  return (link, inner) =>
    link !== name
      ? inner
      : {
          ...methodsOf(inner),
          send: async (bytes) => {
            for (const changed of [change(decodeFrame(bytes)) ?? []].flat()) await inner.send(encodeFrame(changed));
          },
        };
}

function methodsOf(link: Link): Omit<Link, 'send'> {
  return {
    onMessage: (receive) => link.onMessage(receive),
    onClose: (closed) => link.onClose(closed),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
  };
}
