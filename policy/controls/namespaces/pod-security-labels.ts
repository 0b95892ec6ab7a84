import type { ObjectControl } from '../../control';
import { namespace } from '../../parts/namespaces';
import { sample } from '../../samples';
import { SYSTEM_NAMESPACES } from '../../stack';
import { DEFAULT_KUBERNETES_VERSION } from '../../../stacks/kubernetes';

const PREFIX = 'pod-security.kubernetes.io/';
const MODES = ['enforce', 'audit', 'warn'];
const LEVELS = ['privileged', 'baseline', 'restricted'];
const PINNED = '^v1[.][0-9]+$';

const label = (key: string): string => `object.?metadata.?labels[?'${PREFIX}${key}'].orValue('')`;
const good = (minimum: string): string =>
  `(variables.params.minimum == 'restricted' ? ['restricted'] : ['baseline', 'restricted']).exists(l, l == ${minimum})`;
/** CEL: the labels that are not as they must be. A privileged level that is enforced is judged by itself. */
const wrong =
  '[' +
  MODES.flatMap((mode) => [
    mode === 'enforce'
      ? `${label(mode)} == 'privileged' || ${good(label(mode))} ? '' : '${mode}'`
      : `${good(label(mode))} ? '' : '${mode}'`,
    `${label(`${mode}-version`)}.matches('${PINNED}') ? '' : '${mode}-version'`,
  ]).join(', ') +
  "].filter(l, l != '')";

function labels(level: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const all = MODES.flatMap(
    (mode) =>
      [
        [mode, level],
        [`${mode}-version`, 'v1.36'],
      ] as const,
  );
  const merged = Object.entries({ ...Object.fromEntries(all), ...changes });
  return Object.fromEntries(
    merged.filter(([, value]) => value !== undefined).map(([key, value]) => [`${PREFIX}${key}`, value]),
  );
}

export const control: ObjectControl = {
  scope: 'object',
  id: 'pod-security-labels',
  covers: ['NS-01'],
  title: 'Every namespace enforces, audits and warns of a Pod Security level of a fixed version',
  why: 'Without labels any pod is let in; without a version an upgrade of the cluster changes what is refused.',
  severity: 'high',
  cis: [{ section: '5.2.1' }],
  nsa: 'Pod security enforcement',
  match: ['namespace'],
  parameters: {
    minimum: {
      type: 'string',
      pattern: '^(baseline|restricted)$',
      description: 'The lowest level. Which namespaces may enforce none, privileged-namespaces says.',
      default: 'baseline',
    },
  },
  expression: `object.metadata.name in ['${SYSTEM_NAMESPACES.join("', '")}'] || ${wrong}.size() == 0`,
  message: `'labels of Pod Security are missing, too low or of no fixed version: ' + ${wrong}.join(', ')`,
  remediation: `Set ${PREFIX}enforce, audit and warn to a level, and each -version to one such as v${DEFAULT_KUBERNETES_VERSION}.`,
  fix: (object, { minimum }) => {
    const metadata = (object.metadata ??= {});
    if (SYSTEM_NAMESPACES.includes(String(metadata.name))) return;
    const current = (metadata.labels ??= {}) as Record<string, unknown>;
    for (const mode of MODES) {
      const [key, version] = [`${PREFIX}${mode}`, `${PREFIX}${mode}-version`];
      const enough = LEVELS.indexOf(String(current[key])) >= LEVELS.indexOf(String(minimum));
      // Pods below the level are denied by controls of their own, so nothing that passes them is refused.
      if (!enough && !(mode === 'enforce' && current[key] === 'privileged')) current[key] = minimum;
      if (!new RegExp(PINNED).test(String(current[version])))
        current[version] = `v${DEFAULT_KUBERNETES_VERSION}`;
    }
  },
  samples: {
    allowed: [
      sample('restricted', namespace(labels('restricted'))),
      sample('baseline', namespace(labels('baseline'))),
      sample(
        'more is warned of than enforced',
        namespace(labels('baseline', { audit: 'restricted', warn: 'restricted' })),
      ),
      sample('privileged, with warnings', namespace(labels('baseline', { enforce: 'privileged' }))),
      ...['kube-system', 'kube-public', 'kube-node-lease'].map((name) =>
        sample(`the cluster's own ${name}`, namespace(undefined, name)),
      ),
      sample('restricted where it is the lowest', namespace(labels('restricted')), { minimum: 'restricted' }),
    ],
    denied: [
      sample('no labels', namespace()),
      sample('empty labels', namespace({})),
      sample('other labels', namespace({ team: 'shop' })),
      sample('nothing enforced', namespace(labels('restricted', { enforce: undefined }))),
      sample('the newest version', namespace(labels('restricted', { 'enforce-version': 'latest' }))),
      sample('no version of warnings', namespace(labels('restricted', { 'warn-version': undefined }))),
      sample('warned of too little', namespace(labels('baseline', { warn: 'privileged' }))),
      sample('baseline where restricted is the lowest', namespace(labels('baseline')), {
        minimum: 'restricted',
      }),
    ],
  },
};
