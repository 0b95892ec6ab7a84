import { STRONG_CIPHERS } from '../../parts/expectations';
import { kubeletControl, type KubeletRow } from '../../parts/kubelet';

const FILES = "object.?tlsCertFile.orValue('') != '' && object.?tlsPrivateKeyFile.orValue('') != ''";
const BOOTSTRAP =
  'object.?serverTLSBootstrap.orValue(false) && object.?featureGates.?RotateKubeletServerCertificate.orValue(true)';

const ROWS: readonly KubeletRow[] = [
  {
    row: 'CP-48',
    sections: ['4.2.1'],
    id: 'cp-kubelet-anonymous-auth',
    severity: 'critical',
    nsa: 'Authentication',
    title: 'No kubelet answers anybody without a name',
    why: 'Whoever reaches its port could run commands in any container of the node.',
    field: 'authentication.anonymous.enabled',

    expression: 'object.?authentication.?anonymous.?enabled.orValue(false) == false',
    remediation: 'Set authentication.anonymous.enabled to false.',
    allowed: {
      false: { authentication: { anonymous: { enabled: false } } },
      'nothing said, which is false': {},
      null: { authentication: { anonymous: null } },
    },
    denied: {
      true: { authentication: { anonymous: { enabled: true } } },
      'true beside other ways': {
        authentication: { anonymous: { enabled: true }, webhook: { enabled: true } },
      },
    },
  },
  {
    row: 'CP-49',
    sections: ['4.2.2'],
    id: 'cp-kubelet-authorization',
    severity: 'high',
    nsa: 'Role-based access control',
    title: 'No kubelet allows every request',
    why: 'With AlwaysAllow whoever has any certificate of the cluster runs commands in any container of the node.',
    field: 'authorization.mode',

    expression: "object.?authorization.?mode.orValue('Webhook') != 'AlwaysAllow'",
    remediation: 'Set authorization.mode to Webhook.',
    allowed: {
      Webhook: { authorization: { mode: 'Webhook' } },
      'nothing said, which is Webhook': {},
      empty: { authorization: {} },
    },
    denied: {
      AlwaysAllow: { authorization: { mode: 'AlwaysAllow' } },
      'AlwaysAllow beside settings of Webhook': {
        authorization: { mode: 'AlwaysAllow', webhook: { cacheAuthorizedTTL: '5m0s' } },
      },
    },
  },
  {
    row: 'CP-50',
    sections: ['4.2.3'],
    id: 'cp-kubelet-client-ca',
    severity: 'critical',
    nsa: 'Authentication',
    title: 'Every kubelet knows who signs the certificates of its clients',
    why: 'Without that it cannot tell the API server from anybody else.',
    field: 'authentication.x509.clientCAFile',

    expression: "object.?authentication.?x509.?clientCAFile.orValue('') != ''",
    remediation: 'Set authentication.x509.clientCAFile to the certificate of the cluster.',
    allowed: {
      'a file': { authentication: { x509: { clientCAFile: '/etc/kubernetes/pki/ca.crt' } } },
      'a file and more': {
        authentication: { anonymous: { enabled: false }, x509: { clientCAFile: '/ca.crt' } },
      },
    },
    denied: {
      'nothing said': {},
      'an empty text': { authentication: { x509: { clientCAFile: '' } } },
      empty: { authentication: { x509: {} } },
    },
  },
  {
    row: 'CP-51',
    sections: ['4.2.4'],
    id: 'cp-kubelet-read-only-port',
    severity: 'high',
    nsa: 'Authentication',
    title: 'No kubelet serves its read-only port',
    why: 'That port tells everyone on the network what runs on the node, without asking who they are.',
    field: 'readOnlyPort',

    expression: 'int(object.?readOnlyPort.orValue(0)) == 0',
    remediation: 'Set readOnlyPort to 0.',
    allowed: { '0': { readOnlyPort: 0 }, 'nothing said, which is 0': {} },
    denied: { '10255': { readOnlyPort: 10255 }, 'any other port': { readOnlyPort: 1 } },
  },
  {
    row: 'CP-52',
    sections: ['4.2.5'],
    id: 'cp-kubelet-idle-timeout',
    severity: 'high',
    title: 'Every kubelet closes idle connections',
    why: 'Streams of exec and logs that nobody closes use up the ports of the node.',
    field: 'streamingConnectionIdleTimeout',

    expression:
      "!string(object.?streamingConnectionIdleTimeout.orValue('4h0m0s')).matches('^[+-]?(0+[.]?0*(h|m|s|ms|us|ns))*0*$')",
    remediation: 'Set streamingConnectionIdleTimeout to a time above 0, such as 5m.',
    allowed: {
      'five minutes': { streamingConnectionIdleTimeout: '5m0s' },
      hours: { streamingConnectionIdleTimeout: '4h' },
      'nothing said, which is four hours': {},
    },
    denied: {
      '0s': { streamingConnectionIdleTimeout: '0s' },
      '0': { streamingConnectionIdleTimeout: '0' },
      'the number 0': { streamingConnectionIdleTimeout: 0 },
      'zero in parts': { streamingConnectionIdleTimeout: '0h0m0s' },
    },
  },
  {
    row: 'CP-53',
    sections: ['4.2.6'],
    id: 'cp-kubelet-iptables-chains',
    severity: 'high',
    title: 'Every kubelet keeps the iptables chains that it needs',
    why: 'Left to themselves they no longer fit the options of the pod network.',
    field: 'makeIPTablesUtilChains',

    expression: 'object.?makeIPTablesUtilChains.orValue(true)',
    remediation: 'Leave makeIPTablesUtilChains out, or set it to true.',
    allowed: { true: { makeIPTablesUtilChains: true }, 'nothing said, which is true': {} },
    denied: {
      false: { makeIPTablesUtilChains: false },
      'false beside others': { makeIPTablesUtilChains: false, readOnlyPort: 0 },
    },
  },
  {
    row: 'CP-54',
    sections: ['4.2.8'],
    id: 'cp-kubelet-event-qps',
    severity: 'high',
    nsa: 'Audit logging',
    title: 'No kubelet drops the events of its node',
    why: 'Events that are not recorded are missing where an attack is looked for.',
    field: 'eventRecordQPS',
    parameters: {
      minimum: {
        type: 'integer',
        minimum: 1,
        description: 'The lowest limit, in events a second.',
        default: 5,
      },
    },
    expression:
      'int(object.?eventRecordQPS.orValue(50)) == 0 || int(object.?eventRecordQPS.orValue(50)) >= variables.params.minimum',
    remediation: 'Set eventRecordQPS to 0, which is no limit, or to a limit that is high enough.',
    allowed: {
      'no limit': { eventRecordQPS: 0 },
      'a high limit': { eventRecordQPS: 50 },
      'nothing said, which is 50': {},
      'the least': { eventRecordQPS: 5 },
    },
    denied: { 'a low limit': { eventRecordQPS: 1 }, 'one below the least': { eventRecordQPS: 4 } },
  },
  {
    row: 'CP-55',
    sections: ['4.2.9', '4.2.11'],
    id: 'cp-kubelet-serving-certificate',
    severity: 'critical',
    nsa: 'Encryption',
    title: 'Every kubelet serves with a certificate that an authority signed',
    why: 'With one that it made itself, whoever takes its address sees what exec and logs carry.',
    field: 'serverTLSBootstrap',
    message: "'it is given no certificate, and asks the cluster for none'",

    expression: `(${FILES}) || (${BOOTSTRAP})`,
    remediation:
      'Set serverTLSBootstrap to true and leave the gate RotateKubeletServerCertificate open, or set tlsCertFile and tlsPrivateKeyFile.',
    allowed: {
      'from the cluster': { serverTLSBootstrap: true },
      'from files': { tlsCertFile: '/etc/kubelet.crt', tlsPrivateKeyFile: '/etc/kubelet.key' },
      'the gate open': { serverTLSBootstrap: true, featureGates: { RotateKubeletServerCertificate: true } },
    },
    denied: {
      'nothing said': {},
      'a certificate without a key': { tlsCertFile: '/etc/kubelet.crt' },
      'a key without a certificate': { tlsPrivateKeyFile: '/etc/kubelet.key' },
      'empty files': { tlsCertFile: '', tlsPrivateKeyFile: '' },
      false: { serverTLSBootstrap: false },
      'the gate shut': { serverTLSBootstrap: true, featureGates: { RotateKubeletServerCertificate: false } },
    },
  },
  {
    row: 'CP-56',
    sections: ['4.2.10'],
    id: 'cp-kubelet-rotate-certificates',
    severity: 'high',
    nsa: 'Encryption',
    title: 'Every kubelet renews its client certificate',
    why: 'A certificate that must outlive its node is one that is good for years to whoever copies it.',
    field: 'rotateCertificates',

    expression: 'object.?rotateCertificates.orValue(false)',
    remediation: 'Set rotateCertificates to true.',
    allowed: {
      true: { rotateCertificates: true },
      'true beside others': { rotateCertificates: true, serverTLSBootstrap: true },
    },
    denied: { false: { rotateCertificates: false }, 'nothing said, which is false': {} },
  },
  {
    row: 'CP-57',
    sections: ['4.2.12'],
    id: 'cp-kubelet-ciphers',
    severity: 'critical',
    nsa: 'Encryption',
    title: 'Every kubelet uses strong ciphers only',
    why: 'What a weak cipher carries can be read by those who record it.',
    field: 'tlsCipherSuites',
    message: "'tlsCipherSuites has [' + object.?tlsCipherSuites.orValue([]).join(', ') + ']'",
    parameters: {
      ciphers: {
        type: 'array',
        items: { type: 'string' },
        minItems: 1,
        description: 'Cipher suites that may be used, by their names in Kubernetes.',
        default: STRONG_CIPHERS,
      },
    },
    expression:
      'object.?tlsCipherSuites.orValue([]).size() > 0 && object.tlsCipherSuites.all(s, s in variables.params.ciphers)',
    remediation: 'Set tlsCipherSuites to suites of the parameter ciphers.',
    allowed: {
      one: { tlsCipherSuites: ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384'] },
      all: { tlsCipherSuites: STRONG_CIPHERS },
      'those of the benchmark, by names without a hash': {
        tlsCipherSuites: ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305', 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305'],
      },
    },
    denied: {
      'nothing said': {},
      none: { tlsCipherSuites: [] },
      'a weak one': { tlsCipherSuites: ['TLS_RSA_WITH_AES_128_CBC_SHA'] },
      'a weak one among others': { tlsCipherSuites: [...STRONG_CIPHERS, 'TLS_RSA_WITH_RC4_128_SHA'] },
    },
  },
  {
    row: 'CP-58',
    sections: ['4.2.13'],
    id: 'cp-kubelet-pod-pids',
    severity: 'medium',
    nsa: 'Resource policies',
    title: 'Every kubelet limits the processes of a pod',
    why: 'One pod that forks without end takes the process numbers of the whole node.',
    field: 'podPidsLimit',
    parameters: {
      maximum: { type: 'integer', minimum: 1, description: 'The most processes of a pod.', default: 4096 },
    },
    expression:
      'int(object.?podPidsLimit.orValue(-1)) > 0 && int(object.?podPidsLimit.orValue(-1)) <= variables.params.maximum',
    remediation: 'Set podPidsLimit to a limit that the workloads keep to.',
    allowed: { 'a limit': { podPidsLimit: 1024 }, 'the greatest': { podPidsLimit: 4096 } },
    denied: {
      'nothing said, which is none': {},
      '-1, which is none': { podPidsLimit: -1 },
      '0': { podPidsLimit: 0 },
      'too many': { podPidsLimit: 4097 },
    },
  },
  {
    row: 'CP-59',
    sections: ['4.2.14'],
    id: 'cp-kubelet-seccomp-default',
    severity: 'medium',
    nsa: 'Pod security enforcement',
    title: 'Every kubelet filters the system calls of pods that ask for no filter',
    why: 'Unfiltered, a container reaches every system call of the kernel, and every fault in one.',
    field: 'seccompDefault',

    expression: 'object.?seccompDefault.orValue(false)',
    remediation: 'Set seccompDefault to true.',
    allowed: {
      true: { seccompDefault: true },
      'true beside others': { seccompDefault: true, readOnlyPort: 0 },
    },
    denied: { false: { seccompDefault: false }, 'nothing said, which is false': {} },
  },
];

export const controls = ROWS.map(kubeletControl);
