/**
 * A deployment: who takes part, where, and by which certificate. The file that says so is public, and the same for all; what it says decides who is who
 * on every link.
 * @module
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { TacitError } from '../core/errors.js';
import { printable } from '../core/text.js';

/** Of deployments and clients: what may stand in a URI as it is. */
export const NAME: RegExp = /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/;
const PIN = /^sha256:[0-9a-f]{64}$/;
const ADDRESS = /^(?:\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):\d{1,5}$/;

/** A participant by its certificate: `sha256:` and the digest of its DER form, hex. */
export interface Holder {
  readonly pin: string;
}

/** One that listens, at HOST:PORT. */
export interface Located extends Holder {
  readonly address: string;
}

export interface NamedClient extends Holder {
  readonly name: string;
}

/** What a deployment file holds. */
export interface Deployment {
  /** Its name. */
  readonly deployment: string;
  /** Two or three, from party 0 on. */
  readonly parties: readonly Located[];
  readonly dealer?: Located | undefined;
  readonly owner: Holder;
  readonly clients: readonly NamedClient[];
  /** Pins of certificates that are of no use any more, whatever else the file says of them. */
  readonly revoked: readonly string[];
}

const name: z.ZodString = z
  .string()
  .regex(NAME, 'expected a name of small letters, digits, dots and dashes, at most 63');
const pin: z.ZodString = z.string().regex(PIN, 'expected sha256: and 64 hexadecimal digits, as tacit keygen prints it');
const holder: z.ZodType<Holder> = z.strictObject({ pin });
const located: z.ZodType<Located> = z.strictObject({
  address: z.string().regex(ADDRESS, 'expected HOST:PORT'),
  pin,
});

const schema: z.ZodType<Deployment> = z
  .strictObject({
    deployment: name,
    parties: z.array(located).min(2, 'expected two or three parties').max(3, 'expected two or three parties'),
    dealer: located.optional(),
    owner: holder,
    clients: z.array(z.strictObject({ name, pin })).default([]),
    revoked: z.array(pin).default([]),
  })
  .superRefine(({ parties, dealer, owner, clients }, context) => {
    const computing = [...parties, ...(dealer ? [dealer] : [])];
    const values = {
      pin: [...computing, owner, ...clients].map((participant) => participant.pin),
      'client name': clients.map((client) => client.name),
      address: computing.map((participant) => participant.address),
    };
    for (const [what, all] of Object.entries(values)) {
      const twice = all.find((value, i) => all.indexOf(value) !== i);
      if (twice) context.addIssue({ code: 'custom', message: `expected every ${what} once, got ${twice} twice` });
    }
  });

/** A participant that listens. */
export type ComputingRole = 'party0' | 'party1' | 'party2' | 'dealer';

/** The parties, and the dealer where there is one. */
export function computingRoles({ parties, dealer }: Deployment): readonly ComputingRole[] {
  const roles = (['party0', 'party1', 'party2'] as const).slice(0, parties.length);
  return dealer ? [...roles, 'dealer'] : roles;
}

/** Where a role listens, and its certificate. @throws TacitError BAD_CONFIG where the deployment has none of it */
export function locate({ deployment, parties, dealer }: Deployment, role: ComputingRole): Located {
  const found = role === 'dealer' ? dealer : parties[Number(role.slice(-1))];
  if (found) return found;
  throw new TacitError('BAD_CONFIG', `expected deployment ${deployment} to have ${role}, it has none`);
}

/** @throws TacitError BAD_CONFIG, which names the field */
export function parseDeployment(value: unknown, source: string): Deployment {
  return checked(schema, value, source);
}

/** Reads a deployment file, YAML or JSON. @throws TacitError BAD_CONFIG, which names the field */
export function readDeployment(path: string): Deployment {
  return parseDeployment(readYaml(path), path);
}

/** What a YAML or JSON file holds. @throws TacitError BAD_CONFIG */
export function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 }) as unknown;
  } catch (error) {
    const words = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new TacitError('BAD_CONFIG', `expected ${path} to be readable as YAML or JSON, got ${printable(words)}`);
  }
}

/** What a schema makes of a value. @throws TacitError BAD_CONFIG, which names the first field that is wrong */
export function checked<T>(shape: z.ZodType<T>, value: unknown, source: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  const words = printable(message.charAt(0).toLowerCase() + message.slice(1)).replace(/\.$/, '');
  const what = words.startsWith('expected') ? words : `expected it to be right, got: ${words}`;
  throw new TacitError('BAD_CONFIG', `${source}${field === '' ? '' : `, ${field.replace(/^\./, '')}`}: ${what}`);
}
