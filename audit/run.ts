/** One audit: the service under each policy, each attack in turn, and rows that say what it did and what that cost. @module */
import type { Range } from '../parties/cli/options.js';
import { inputRulesOf } from '../parties/cli/rules.js';
import { factsOf, loadNamed, type ModelFacts, prepareSubject, type Subject } from '../parties/cli/subject.js';
import { TacitError } from '../src/core/errors.js';
import { sizeOf } from '../src/core/ring.js';
import type { TrustModel } from '../src/core/trust.js';
import { roundOutputs } from '../src/model/quantize/round-outputs.js';
import { type Attack, firstOf, type Image, type Picture, type Target } from './attack.js';
import { ATTACKS } from './attacks/attacks.js';
import { measureCost, type QueryCost } from './cost.js';
import { readLabelled } from './data.js';
import { effortOf } from './effort.js';
import type { AuditFlags } from './options.js';
import { POLICIES, type Policy, parsePolicy, QUICK_POLICIES } from './policies.js';
import { showAttack } from './progress.js';
import { Random } from './random.js';
import { Service } from './service.js';
import { loadTensorflow } from './tensorflow.js';

/** Inputs that go through the parties. */
const SAMPLE = 3;

export interface Row {
  readonly attack: string;
  readonly paper: string;
  readonly policy: string;
  readonly setting: string;
  readonly budget: number;
  readonly defence: string;
  readonly metric: string;
  readonly value: number;
  /** Inputs that the service was asked, in all. */
  readonly queries: number;
  /** That they take at the parties, offline and online, at the measured rate. */
  readonly seconds: number;
  readonly bytes: number;
}

export interface AuditReport {
  readonly model: ModelFacts;
  readonly trust: TrustModel;
  readonly seed: number;
  /** Of one query at the parties. */
  readonly query: QueryCost;
  /** Of the private service, on --data. */
  readonly accuracy: number;
  readonly rows: readonly Row[];
  /** Attacks that had nothing to work on, and why. */
  readonly skipped: readonly { readonly attack: string; readonly reason: string }[];
  readonly pictures: readonly {
    readonly attack: string;
    readonly policy: string;
    readonly pictures: readonly Picture[];
  }[];
  readonly image: Image | undefined;
  /** What inputs may hold. */
  readonly low: number;
  readonly high: number;
}

export async function runAudit(name: string, flags: AuditFlags): Promise<AuditReport> {
  const attacks = chosenAttacks(flags.attacks);
  const policies = (flags.policies ?? (flags.quick ? QUICK_POLICIES : POLICIES)).map(parsePolicy);
  const graph = await loadNamed(name, flags);
  const rules = inputRulesOf(flags, graph);
  const classes = sizeOf(graph.nodes[graph.output]!.shape);
  const data = await readLabelled(flags.data, flags.dataLabels, rules, classes);
  const train =
    flags.train === undefined ? undefined : await readLabelled(flags.train, flags.trainLabels, rules, classes);
  const subject = await prepareSubject(graph, flags);
  const services = servicesOf(subject, policies, rules.range);
  const { inputSize } = services[0]!;
  const target: Target = {
    tf: await loadTensorflow(),
    graph,
    services,
    data,
    train,
    classes,
    inputSize,
    image: typeof rules.image === 'object' && rules.image.layout === 'nhwc' ? rules.image : undefined,
    ...rules.range,
  };
  const { labels, k } = services[0]!.ask(data.inputs);
  services[0]!.forget();
  const accuracy = data.labels.filter((label, i) => labels[i * k] === label).length / data.labels.length;
  const sample = firstOf(data, SAMPLE, inputSize);
  const query = await measureCost(subject, sample.inputs, sample.labels.length, true);
  const effort = effortOf(flags.quick === true, flags.budget);
  const rows: Row[] = [];
  const skipped: { attack: string; reason: string }[] = [];
  const pictures: { attack: string; policy: string; pictures: readonly Picture[] }[] = [];
  for (const [i, attack] of attacks.entries()) {
    showAttack(attack.name, i, attacks.length);
    const before = rows.length;
    for await (const finding of attack.run(target, effort, new Random(flags.seed, attack.name))) {
      const { pictures: made, ...found } = finding;
      rows.push({
        attack: attack.name,
        paper: attack.paper,
        ...found,
        defence: found.defence ?? 'none',
        seconds: found.queries * query.seconds,
        bytes: found.queries * query.bytes,
      });
      if (made !== undefined && made.length > 0)
        pictures.push({ attack: attack.name, policy: finding.policy, pictures: made });
    }
    if (rows.length === before) skipped.push({ attack: attack.name, reason: reasonOf(attack, target) });
  }
  showAttack('', attacks.length, attacks.length);
  return {
    model: factsOf(subject.model),
    trust: subject.trust,
    seed: flags.seed,
    query,
    accuracy,
    rows,
    skipped,
    pictures,
    image: target.image,
    ...rules.range,
  };
}

/** @throws USAGE */
function chosenAttacks(names: readonly string[] | undefined): readonly Attack[] {
  if (names === undefined) return ATTACKS;
  const named = (name: string): readonly Attack[] =>
    ATTACKS.filter((attack) => attack.name === name || attack.name.startsWith(`${name}/`));
  const unknown = names.find((name) => named(name).length === 0);
  if (unknown !== undefined) {
    throw new TacitError('USAGE', `expected attacks of ${ATTACKS.map(({ name }) => name).join(', ')}, got ${unknown}`);
  }
  return ATTACKS.filter((attack) => names.some((name) => named(name).includes(attack)));
}

/** One network for all: a policy opens more or less of what it gives. */
function servicesOf({ model, ranges }: Subject, policies: readonly Policy[], range: Range): readonly Service[] {
  return policies.map(({ name, reveal, roundLogits }) => {
    const own = roundLogits === undefined ? model : roundOutputs({ model, report: ranges }, roundLogits).model;
    return new Service(own, reveal, name, range);
  });
}

function reasonOf(attack: Attack, { train, image }: Target): string {
  if (train === undefined && attack.needs === 'train') return 'needs --train: what the network has learnt';
  if (image === undefined) return 'needs images';
  return 'no policy that it could use';
}
