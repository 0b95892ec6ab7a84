import type { ObjectControl } from '../../control';
import { CREDENTIAL_PARAMETERS, hasForm, isCalledSo } from '../../parts/credentials';
import { object, sample } from '../../samples';

const data = 'object.?data.orValue({})';
const value = 'object.data[k]';
// All forms on a megabyte of text, in one value or in many, cost more than the API server spends on an expression.
const isLong = `${value}.size() * object.data.size() > 100000`;
const found =
  `${data}.filter(k, ${isCalledSo('k', value)} || ` +
  `(${isLong} ? ${value}.contains('PRIVATE KEY-----') : ${hasForm(value)}))`;

const configMap = (entries?: object): ReturnType<typeof object> =>
  object('v1', 'ConfigMap', { data: entries });
/** The one of the documentation of AWS. */
const ACCESS_KEY = 'AKIAIOSFODNN7EXAMPLE';
const LONG = 'level: info\n'.repeat(10_000);
/** The longest text that all forms are looked for in, which ends in one. */
const LONGEST = LONG.slice(0, 100_000 - ACCESS_KEY.length) + ACCESS_KEY;

export const control: ObjectControl = {
  scope: 'object',
  id: 'no-credentials-in-config-maps',
  covers: ['SEC-03'],
  title: 'No ConfigMap holds a credential',
  why: 'ConfigMaps are read by many, shown by every tool, and not encrypted where Secrets are.',
  severity: 'high',
  cis: [{ section: '5.4.1' }],
  nsa: 'Secrets',
  match: ['configMap'],
  parameters: CREDENTIAL_PARAMETERS,
  expression: `${found}.size() == 0`,
  // Never the value itself.
  message: `'it has credentials in ' + ${found}.join(', ')`,
  remediation: 'Keep it in a Secret.',
  samples: {
    allowed: [
      sample('no data', configMap()),
      sample('empty data', configMap({})),
      sample('an empty value', configMap({ password: '' })),
      sample('settings', configMap({ 'app.yaml': 'level: info\npasswordFile: /run/secrets/db\n' })),
      sample('a certificate', configMap({ 'ca.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n' })),
      sample('a path', configMap({ 'db-password': '/run/secrets/db' })),
      sample('a long text', configMap({ 'dashboard.json': LONG })),
      sample('nothing looked for', configMap({ password: 'hunter2' }), { names: [], formats: [] }),
    ],
    denied: [
      sample('a password', configMap({ level: 'info', 'db-password': 'hunter2' })),
      sample('in another case', configMap({ adminPassword: 'hunter2' })),
      sample('a known form', configMap({ 'app.yaml': `level: info\nid: ${ACCESS_KEY}\n` })),
      sample('a known form at the end of a long text', configMap({ all: LONGEST })),
      sample('a URL', configMap({ database: 'postgres://app:hunter2@db:5432/app' })),
      sample('a private key', configMap({ 'tls.pem': '-----BEGIN RSA PRIVATE KEY-----\nMIIB\n' })),
      sample('a private key in a long text', configMap({ all: `${LONG}-----BEGIN PRIVATE KEY-----\n` })),
      sample('a name of the parameter', configMap({ pin: '1234' }), { names: ['pin'] }),
    ],
  },
};
