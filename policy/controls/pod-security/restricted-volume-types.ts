import type { ObjectControl } from '../../control';
import { pod, sample, workload } from '../../samples';

const VOLUMES = 'variables.podSpec.?volumes.orValue([])';
/** The types of `v`: each is a field beside its name; one without any is an emptyDir. */
const TYPES = "(v.exists(t, t != 'name') ? v.filter(t, t != 'name') : ['emptyDir'])";
const FORBIDDEN = `${TYPES}.filter(t, !(t in variables.params.allowedTypes))`;

const holding = (...sources: object[]): Record<string, unknown> => ({
  volumes: sources.map((source, index) => ({ name: `volume-${index}`, ...source })),
});
const ALLOWED = {
  configMap: { name: 'sample' },
  csi: { driver: 'csi.example.com' },
  downwardAPI: {},
  emptyDir: {},
  ephemeral: {
    volumeClaimTemplate: {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
  image: { reference: 'ghcr.io/example/data:1.0.0' },
  persistentVolumeClaim: { claimName: 'sample' },
  projected: { sources: [] },
  secret: { secretName: 'sample' },
};
const noEmptyDir = { allowedTypes: ['projected', 'secret'] };
const nfs = { nfs: { server: 'nfs.example.com', path: '/' } };

export const control: ObjectControl = {
  scope: 'object',
  id: 'restricted-volume-types',
  covers: ['PSR-01'],
  title: 'Volumes of pods are of types that the cluster provides',
  why: 'Other types mount storage of the node or the network by its address, past whoever provides storage.',
  severity: 'medium',
  cis: [],
  pss: 'restricted',
  nsa: 'Pod security enforcement',
  match: ['podBearing'],
  parameters: {
    allowedTypes: {
      type: 'array',
      items: { type: 'string', pattern: '^[a-z][A-Za-z]*$' },
      description:
        'Types of volumes that are allowed, as their fields are named. The API server mounts tokens as projected.',
      default: Object.keys(ALLOWED),
    },
  },
  expression: `${VOLUMES}.all(v, ${FORBIDDEN}.size() == 0)`,
  message:
    `${VOLUMES}.filter(v, ${FORBIDDEN}.size() > 0)` +
    `.map(v, 'volume ' + v.?name.orValue('without a name') + ' is of type ' + ${FORBIDDEN}.join(', ')).join(', ')`,
  remediation: 'Use a PersistentVolumeClaim, or another type of the parameter allowedTypes.',
  samples: {
    allowed: [
      sample('no volumes', pod()),
      sample('none', pod(holding())),
      sample(
        'all allowed types',
        pod(holding(...Object.entries(ALLOWED).map(([type, source]) => ({ [type]: source })))),
      ),
      sample('no type, which is emptyDir', pod(holding({}))),
      sample('null', pod(holding({ hostPath: null, emptyDir: {} }))),
      sample('another that is allowed', pod(holding(nfs)), { allowedTypes: ['nfs', 'projected'] }),
      sample('in a StatefulSet', workload('StatefulSet', holding({ emptyDir: {} }))),
    ],
    denied: [
      sample('a path of the node', pod(holding({ hostPath: { path: '/etc' } }))),
      sample('a share', pod(holding(nfs))),
      sample('a repository', pod(holding({ gitRepo: { repository: 'https://git.example.com/app' } }))),
      sample('the second volume', pod(holding({ emptyDir: {} }, nfs))),
      sample('one that is not allowed', pod(holding({ emptyDir: {} })), noEmptyDir),
      sample('no type, where emptyDir is not allowed', pod(holding({})), noEmptyDir),
      sample(
        'in a CronJob',
        workload(
          'CronJob',
          holding({ iscsi: { targetPortal: '192.0.2.1', iqn: 'iqn.2001-04.com.example:storage', lun: 0 } }),
        ),
      ),
    ],
  },
};
