import type { ObjectControl } from '../../control';
import { object, sample } from '../../samples';

/** A name may end in a dot. */
const TARGET = "object.?spec.?externalName.orValue('')";
const LOCAL = String.raw`^((.+\\.)?localhost(\\.localdomain)?|localhost[46]|ip6-(localhost|loopback)|(0|127)(\\.[0-9]+)*)\\.?$`;
const METADATA = String.raw`^(169\\.254(\\.[0-9]+)*|100\\.100\\.100\\.200|metadata(\\.google\\.internal)?|instance-data(\\.ec2\\.internal)?)\\.?$`;

const external = (externalName: string): ReturnType<typeof object> =>
  object('v1', 'Service', { spec: { type: 'ExternalName', externalName } });

export const control: ObjectControl = {
  scope: 'object',
  id: 'external-names',
  covers: ['NET-08'],
  title: "No Service is a name for the node itself or the cloud's metadata service",
  why: 'A proxy that follows such a Service asks itself, or the metadata service, with rights that the one who asks has not.',
  severity: 'medium',
  cis: [],
  nsa: 'Protecting sensitive cloud infrastructure',
  match: ['service'],
  expression:
    "object.?spec.?type.orValue('') != 'ExternalName' || " +
    `!(${TARGET}.matches('${LOCAL}') || ${TARGET}.matches('${METADATA}'))`,
  message: "'it is a name for ' + object.?spec.?externalName.orValue('')",
  remediation: 'Name the host that is meant, or use a Service with a selector.',
  samples: {
    allowed: [
      sample('another host', external('db.example.com')),
      sample('a host that looks like one', external('localhost.example.com')),
      sample('a host that ends like one', external('mylocalhost')),
      sample('another address', external('192.0.2.1')),
      sample('a host that begins like an address', external('127.example.com')),
      sample('no ExternalName', object('v1', 'Service', { spec: { ports: [{ port: 80 }] } })),
      sample(
        'a name that no type puts in force',
        object('v1', 'Service', { spec: { ports: [{ port: 80 }], externalName: 'localhost' } }),
      ),
    ],
    denied: [
      ...['localhost', 'localhost.', 'app.localhost', 'localhost.localdomain', '127.0.0.1', '127.1'].map(
        (name) => sample(name, external(name)),
      ),
      ...[
        '0.0.0.0',
        '169.254.169.254',
        '100.100.100.200',
        'metadata.google.internal',
        'metadata.google.internal.',
      ].map((name) => sample(name, external(name))),
      ...['instance-data', 'ip6-localhost'].map((name) => sample(name, external(name))),
    ],
  },
};
