/** What a field of a layer's settings takes, in words: from what its schema found wrong. @module */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
};

/** Such as `units to be a whole number`, or `strides[1] to be a number above 0`. */
export function expectedBy(issue: Issue): string {
  const field = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return `${field.slice(1)} to be ${[...new Set(ways(issue))].join(' or ')}`;
}

/** The alternatives that the field takes. */
function ways(issue: Issue): string[] {
  switch (issue.code) {
    case 'invalid_type':
      return [KINDS[issue.expected] ?? issue.expected];
    case 'too_small':
      return [bounded(issue, issue.minimum, issue.inclusive ? 'of at least' : 'above')];
    case 'too_big':
      return [bounded(issue, issue.maximum, issue.inclusive ? 'of at most' : 'below')];
    case 'invalid_value':
      return issue.values.map((value) => String(value));
    case 'invalid_union':
      return issue.errors.flatMap((issues) => issues.slice(0, 1).flatMap(ways));
    default:
      return ['of another kind'];
  }
}

function bounded(issue: { origin: string; exact?: boolean }, bound: number | bigint, relation: string): string {
  return `${KINDS[issue.origin] ?? issue.origin} ${issue.exact ? 'of' : relation} ${bound}`;
}
