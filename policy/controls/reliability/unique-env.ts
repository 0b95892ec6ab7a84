import { eachContainer, type ObjectControl } from '../../control';
import { container, pod, sample, workload } from '../../samples';

const twice = 'c.?env.orValue([]).filter(e, !c.env.exists_one(o, o.name == e.name)).map(e, string(e.name))';

const variables = (...names: string[]): object =>
  container({ env: names.map((name, index) => ({ name, value: String(index) })) });
const named = (name: string, other: object): object => ({ ...other, name });

export const control: ObjectControl = {
  scope: 'object',
  id: 'unique-env',
  covers: ['REL-17'],
  title: 'No container sets an environment variable twice',
  why: 'The last one wins without a word, and server-side apply refuses the object.',
  severity: 'low',
  cis: [],
  match: ['podBearing'],
  ...eachContainer(`${twice}.size() == 0`, `'sets more than once: ' + ${twice}.join(', ')`),
  remediation: 'Keep one of them.',
  samples: {
    allowed: [
      sample('none', pod()),
      sample('an empty list', pod({ containers: [container({ env: [] })] })),
      sample('different names', pod({ containers: [variables('A', 'B')] })),
      sample('names in another case', pod({ containers: [variables('A', 'a')] })),
      sample(
        'one in each container',
        pod({ containers: [variables('A')], initContainers: [named('init', variables('A'))] }),
      ),
      sample('in a Job', workload('Job', { containers: [variables('A')] })),
    ],
    denied: [
      sample('twice', pod({ containers: [variables('A', 'A')] })),
      sample(
        'once by reference',
        pod({
          containers: [
            container({
              env: [
                { name: 'A', value: '1' },
                { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
              ],
            }),
          ],
        }),
      ),
      sample('among others', pod({ containers: [variables('A', 'B', 'C', 'B')] })),
      sample('an init container', pod({ initContainers: [named('init', variables('A', 'A'))] })),
      sample('an ephemeral container', pod({ ephemeralContainers: [named('debug', variables('A', 'A'))] })),
      sample(
        'in a DaemonSet',
        workload('DaemonSet', { containers: [container(), named('b', variables('A', 'A'))] }),
      ),
    ],
  },
};
