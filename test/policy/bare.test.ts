import {
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from '@pulumi/pulumi/proto/analyzer_pb';
import { Struct } from 'google-protobuf/google/protobuf/struct_pb';

// eslint-disable-next-line @typescript-eslint/no-require-imports
const { bareRequest } = require('../../policy/bare.js') as {
  bareRequest: (bytes: Uint8Array, knows: (urn: string) => boolean) => AnalyzeStackRequest;
};

function resource(name: string): AnalyzerResource {
  const options = new AnalyzerResourceOptions();
  options.setProtect(true);
  const made = new AnalyzerResource();
  made.setType('kubernetes:core/v1:ConfigMap');
  made.setName(name);
  made.setUrn(`urn:${name}`);
  made.setProperties(Struct.fromJavaScript({ data: { name } }));
  made.setOptions(options);
  made.setParent('urn:parent');
  made.addDependencies('urn:other');
  return made;
}

test('of what is known the name is read, of everything else all', () => {
  const whole = new AnalyzeStackRequest();
  whole.setResourcesList([resource('known'), resource('new')]);
  const bytes = (whole as unknown as { serializeBinary: () => Uint8Array }).serializeBinary();
  const [known, other] = bareRequest(bytes, (urn) => urn === 'urn:known').getResourcesList();
  expect([known?.getType(), known?.getName(), known?.getUrn()]).toEqual([
    'kubernetes:core/v1:ConfigMap',
    'known',
    'urn:known',
  ]);
  expect(known?.getProperties()?.toJavaScript()).toEqual({});
  expect(known?.getParent()).toBe('');
  expect(other?.toObject()).toEqual(resource('new').toObject());
});
