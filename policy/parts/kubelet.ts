import type { ObjectControl } from '../control';
import type { KubernetesObject } from '../objects';
import { sample } from '../samples';

type Fields = Readonly<Record<string, unknown>>;

/** One row of the table: what a kubelet's configuration must say. */
export interface KubeletRow extends Pick<
  ObjectControl,
  'id' | 'title' | 'why' | 'severity' | 'nsa' | 'parameters' | 'expression' | 'remediation'
> {
  /** Row of the proposed catalogue. */
  row: string;
  sections: readonly string[];
  /** The field, by its path. */
  field: string;
  /** CEL: what was found, as text; by default the field's value. */
  message?: string;
  allowed: Readonly<Record<string, Fields>>;
  denied: Readonly<Record<string, Fields>>;
}

export function kubeletControl({
  row,
  sections,
  field,
  allowed,
  denied,
  ...rest
}: KubeletRow): ObjectControl {
  const value = `object.?${field.replaceAll('.', '.?')}`;
  return {
    scope: 'object',
    covers: [row],
    cis: sections.map((section) => ({ section })),
    match: ['kubeletConfiguration'],
    noAdmissionTwin: 'the kubelet reads its configuration from a file, which never reaches the API server',
    message: `${value}.hasValue() ? '${field} is ' + string(${value}.value()) : '${field} is not set'`,
    ...rest,
    samples: { allowed: samplesOf(allowed), denied: samplesOf(denied) },
  };
}

function samplesOf(samples: Readonly<Record<string, Fields>>): ReturnType<typeof sample<KubernetesObject>>[] {
  return Object.entries(samples).map(([title, fields]) => sample(title, kubeletConfiguration(fields)));
}

/** A file, so it has neither name nor namespace. */
function kubeletConfiguration(fields: Fields): KubernetesObject {
  return { apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration', ...fields };
}
