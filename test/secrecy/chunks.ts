/** Steps of several chunks, each of which has randomness of its own: what is told of their sessions. @module */
import { expect } from 'vitest';
import { chunkSizes } from '../../src/gc/schedule.js';
import { ModelMaker } from '../support/models.js';
import { distinguish } from './distinguisher.js';
import { threeParties, twoParties } from './sessions.js';

/** Two chunks of whole blocks of 16 bytes, which the distinguisher compares. */
const GARBLED = new ModelMaker(32, [2104]).nonlinear({ width: 32, shift: 2 }).dense(1).done();

/** What is told of a session whose garbled step has two chunks. */
export async function garbledChunks(by: 'dealer' | 'ot'): Promise<string[]> {
  const { plan, evidence } = await twoParties(GARBLED, 1, by, 'chunks');
  const step = plan.steps[1]!;
  if (step.kind !== 'garbled') throw new Error('expected a garbled step');
  expect(chunkSizes(step.schedule, step.instances).length).toBe(2);
  return distinguish(evidence);
}

const COUNT = 45_000;

/** What is told of a session of two parties whose step on masked bits has several chunks, of instances that are all alike. */
export async function maskedChunks(activation: 'relu' | 'none', by: 'bits' | 'otBits' = 'bits'): Promise<string[]> {
  const model = new ModelMaker(32, [COUNT]).nonlinear({ activation, width: 32, shift: 8 }).done();
  const { plan, messages, evidence } = await twoParties(model, 1, by, 'chunks', { x: new Uint32Array(COUNT) });
  const step = plan.steps[1]!;
  if (step.kind !== 'bits') throw new Error('expected a step on masked bits');
  expect(step.groups[0]!.length).toBeGreaterThan(1);
  const sent = new Set(messages.filter(({ link }) => !/client|owner/.test(link)).map(({ name }) => name));
  return distinguish({ ...evidence, groups: evidence.groups.filter(({ message }) => sent.has(message.name)) });
}

/** What is told of a session in which all instances are alike, down to the components: two messages under one mask are one. */
export async function booleanChunks(activation: 'relu' | 'none'): Promise<string[]> {
  const model = new ModelMaker(32, [COUNT]).nonlinear({ activation, width: 32, shift: 8 }).done();
  const components = [1, 2, 3].map((value) => new Uint32Array(COUNT).fill(value * 0x01234567));
  const given = { x: new Uint32Array(COUNT), components };
  const { plan, messages, evidence } = await threeParties(model, 1, 'chunks', false, given);
  const step = plan.steps[1]!;
  if (step.kind !== 'boolean') throw new Error('expected a Boolean step');
  expect(step.groups[0]!.length).toBeGreaterThan(1);
  const between = new Set(messages.filter(({ link }) => /^[012]->[012]$/.test(link)).map(({ name }) => name));
  const groups = evidence.groups.filter(({ message }) => between.has(message.name));
  return distinguish({ ...evidence, groups });
}
