import { expect, it } from 'vitest';
import { WorkQueue } from '../../src/session/queue.js';

it('does one work after another, and nothing after a failure', async () => {
  const queue = new WorkQueue();
  const done: string[] = [];
  let finish = (): void => {};
  queue.add(async () => {
    done.push('first begins');
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    done.push('first ends');
  });
  queue.add(async () => {
    done.push('second');
    throw new Error('second');
  });
  queue.add(async () => {
    done.push('third');
  });
  await Promise.resolve();
  expect(done).toEqual(['first begins']);
  finish();
  await expect(queue.failed).rejects.toThrow('second');
  await expect(queue.idle()).rejects.toThrow('second');
  expect(done).toEqual(['first begins', 'first ends', 'second']);
});
