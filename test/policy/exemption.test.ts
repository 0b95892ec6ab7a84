import { Exemptions, type Exemption } from '../../policy/exemption';
import { pod } from '../../policy/samples';
import { reported, unneeded } from '../../policy/report';

const exemption: Exemption = {
  controls: ['no-privileged', 'non-root'],
  object: { kind: 'Pod', namespace: 'samples', name: 'sample' },
  component: 'network',
  reason: 'a sample',
  owner: 'platform',
  expires: '2030-06-30',
};
const denied = { kind: 'denied', message: 'found.' } as const;
const at = (time: string, expired?: 'refuse' | 'warn'): unknown => {
  const exemptions = new Exemptions([exemption], { now: Date.parse(time), ...(expired ? { expired } : {}) });
  return reported(denied, exemptions.standing('no-privileged', pod()));
};

describe('an exemption', () => {
  it('holds in silence, then with a warning for its last 30 days, its last one too', () => {
    expect(at('2030-05-30T23:59:59Z')).toBeUndefined();
    for (const time of ['2030-05-31T00:00:00Z', '2030-06-30T23:59:59Z'])
      expect(at(time)).toMatchObject({ enforcementLevel: 'advisory' });
  });

  it('that is over is refused as any violation, or warned of where the stack says so', () => {
    const message = 'found. Its exemption ended on 2030-06-30.';
    expect(at('2030-07-01T00:00:00Z')).toEqual({ message });
    expect(at('2030-07-01T00:00:00Z', 'warn')).toEqual({ message, enforcementLevel: 'advisory' });
  });

  it.each([
    ['another control', 'no-host-path', pod()],
    ['another kind', 'no-privileged', { ...pod(), kind: 'Job' }],
    ['another namespace', 'no-privileged', { ...pod(), metadata: { name: 'sample', namespace: 'other' } }],
    ['no namespace', 'no-privileged', { ...pod(), metadata: { name: 'sample' } }],
    [
      'a name that begins alike',
      'no-privileged',
      { ...pod(), metadata: { name: 'sample-2', namespace: 'samples' } },
    ],
  ])('is none of %s', (_title, control, object) => {
    expect(new Exemptions([exemption]).standing(control, object)).toEqual({ state: 'none' });
  });
});

describe('an exemption whose object is missing', () => {
  const all = (changes: Partial<Exemption> = {}): Exemptions =>
    new Exemptions([{ ...exemption, ...changes }]);

  it('is told of where the stack has its component, with what to do', () => {
    const [unused] = all().unused([], (component) => component === 'network');
    const { message } = unneeded(unused!);
    expect(message).toMatch(
      /^Pod samples\/sample: it is exempt from no-privileged, non-root, for platform, and not there/,
    );
    expect(message).toContain('Take it out of policy/exemptions.ts');
  });

  it.each([
    ['whose object is there', all(), [pod()], true],
    ['of a component that the stack has not', all(), [], false],
    ['that says why', all({ optional: 'only with several replicas' }), [], true],
  ])('is not said of one %s', (_title, exemptions, objects, manages) => {
    expect(exemptions.unused(objects, () => manages)).toEqual([]);
  });
});
