/** What `tacit client infer` prints: the object of `tacit infer`, of what a client knows. @module */
import { sizeOf } from '../../src/core/ring.js';
import { revealedIndices } from '../../src/core/trust.js';
import { givesLogits } from '../../src/model/ops/ending.js';
import { sumTraffic } from '../../src/plan/plan.js';
import type { PhaseCost } from '../../src/roles/client.js';
import type { Prediction } from '../../src/service/client.js';
import type { Inputs } from './inputs.js';
import { bestLabels, namedLabels, outputKindOf, perClass } from './labels.js';
import { type InferReport, type PhaseFields, phase, type ReportedOutput } from './report.js';

/** Without what only this machine's launcher and the model's owner know. */
export type ClientReport = Pick<
  InferReport,
  | 'trust'
  | 'inputRange'
  | 'pixels'
  | 'notes'
  | 'batch'
  | 'outputs'
  | 'labels'
  | 'accuracy'
  | 'online'
  | 'client'
  | 'timing'
> & {
  readonly model: Readonly<Record<string, string | number>>;
  readonly fixedPoint: Readonly<Record<string, unknown>>;
};

export function clientReportOf(inputs: Inputs, prediction: Prediction): ClientReport {
  const { model, values, costs, startMs, totalMs } = prediction;
  const { card, plan } = model;
  const outputs = outputsOf(prediction, inputs.count);
  const columns = values.length / inputs.count;
  const isLogits = revealedIndices(plan.trust.reveal) === 0;
  const names = card.inputs.labels;
  const ports = plan.graph.outputs;
  const named = isLogits
    ? names && bestLabels(perClass([...values], ports, names), names, outputKindOf(ports))
    : names && namedLabels([...values], columns, names);
  const online: PhaseFields = phase(
    [costs.map((cost) => cost.online).reduce(added)],
    plan.predicted.online,
    costs.length,
  );
  return {
    model: { ...card.facts, name: card.name, version: card.version },
    trust: plan.trust,
    fixedPoint: card.fixedPoint,
    inputRange: card.range,
    pixels: inputs.scaling ?? null,
    notes: inputs.notes,
    batch: plan.batch,
    outputs,
    labels: named ?? null,
    accuracy: inputs.labels === undefined ? null : accuracyOf(values, columns, isLogits, inputs.labels),
    online: { ...online, msPerInput: online.ms / inputs.count },
    client: {
      uploadBytes: costs.reduce((sum, cost) => sum + cost.uploadBytes, 0),
      downloadBytes: costs.reduce((sum, cost) => sum + cost.downloadBytes, 0),
    },
    timing: { setupMs: startMs, totalMs },
  };
}

function added(a: PhaseCost, b: PhaseCost): PhaseCost {
  return { ms: a.ms + b.ms, bytes: sumTraffic(a.bytes, b.bytes), rounds: Math.max(a.rounds, b.rounds) };
}

function outputsOf({ model: { plan }, values }: Prediction, count: number): ReportedOutput[] {
  const { reveal } = plan.trust;
  const columns = values.length / count;
  if (revealedIndices(reveal) > 0)
    return [{ name: reveal, kind: 'labels', shape: [count, columns], data: [...values] }];
  const { nodes, output, outputs } = plan.graph;
  let first = 0;
  return outputs.map((port) => {
    const { name, shape } = outputs.length === 1 ? nodes[output]! : port;
    const start = first;
    first += sizeOf(shape);
    const rows = Array.from({ length: count }, (_, n) => values.subarray(n * columns + start, n * columns + first));
    const kind = givesLogits(port) ? 'logits' : 'outputs';
    return { name, kind, shape: [count, ...shape], data: rows.flatMap((row) => [...row]) };
  });
}

function accuracyOf(values: Float64Array, columns: number, isLogits: boolean, labels: readonly number[]): number {
  const best = labels.map((_, i) => {
    const row = values.subarray(i * columns, (i + 1) * columns);
    return isLogits ? row.indexOf(Math.max(...row)) : row[0]!;
  });
  return best.filter((label, i) => label === labels[i]).length / labels.length;
}

export function renderClient({ model, outputs, labels, online, timing }: ClientReport): string {
  const lines = outputs.flatMap(({ name, shape, data }) => {
    const size = data.length / shape[0]!;
    return Array.from({ length: shape[0]! }, (_, n) => {
      const row = data.slice(n * size, (n + 1) * size).map((value) => String(Number(value.toPrecision(6))));
      return `${name} ${n}: ${row.slice(0, 10).join(' ')}${row.length > 10 ? ' ...' : ''}`;
    });
  });
  const best = (labels ?? []).map((classes, n) => `input ${n}: ${classes[0]?.name ?? ''}`);
  const cost = `${model.name}@${model.version}: online ${online.ms.toFixed(1)} ms, ${timing.totalMs.toFixed(0)} ms in all`;
  return [...lines, ...best, cost].join('\n');
}
