import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { writePrivate } from '../files';

x509.cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** A plane is a throw-away; ten years spare its owner an expiry. */
const VALID_DAYS = 3650;

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  cert: string;
  key: string;
}

interface CertificateRequest {
  commonName: string;
  /** Groups, for client certificates. */
  organization?: string;
  /** DNS names and IP addresses, for serving certificates. */
  names?: string[];
}

/** A certificate authority made for one plane. */
export class Authority {
  private constructor(
    readonly pair: KeyPair,
    private readonly cert: x509.X509Certificate,
    private readonly key: webcrypto.CryptoKey,
  ) {}

  static async create(commonName: string): Promise<Authority> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const cert = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: `CN=${commonName}`,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(
          x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature,
          true,
        ),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new Authority(
      { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) },
      cert,
      keys.privateKey,
    );
  }

  static async load(pair: KeyPair): Promise<Authority> {
    const der = x509.PemConverter.decodeFirst(pair.key);
    const key = await webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign']);
    return new Authority(pair, new x509.X509Certificate(pair.cert), key);
  }

  /** Issues a certificate for both client and server use. */
  async issue(request: CertificateRequest): Promise<KeyPair> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const names = (request.names ?? []).map((value) => ({
      type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
      value,
    }));
    const cert = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: `CN=${request.commonName}${request.organization ? `, O=${request.organization}` : ''}`,
      issuer: this.cert.subject,
      ...validity(),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([
          x509.ExtendedKeyUsage.serverAuth,
          x509.ExtendedKeyUsage.clientAuth,
        ]),
        await x509.AuthorityKeyIdentifierExtension.create(this.cert),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { cert: cert.toString('pem'), key: await pemOf(keys.privateKey) };
  }
}

/** Every certificate of a plane; made once, then kept for the plane's life. Files: `<folder>/<name>.{crt,key}`. */
export async function ensurePki(folder: string): Promise<void> {
  // The CA is written last: its presence says that the set is whole.
  if (existsSync(join(folder, 'ca.crt'))) return;
  const authority = await Authority.create('platform-sandbox');
  const requests: Record<string, CertificateRequest> = {
    apiserver: {
      commonName: 'kube-apiserver',
      names: [
        '127.0.0.1',
        'localhost',
        '10.96.0.1',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
    },
    etcd: { commonName: 'etcd', names: ['127.0.0.1', 'localhost'] },
    'front-proxy': { commonName: 'front-proxy-client' },
    'kube-controller-manager': { commonName: 'system:kube-controller-manager' },
    'kube-scheduler': { commonName: 'system:kube-scheduler' },
    kwok: { commonName: 'sandbox:kwok', organization: 'system:masters' },
    agent: { commonName: 'sandbox:agent', organization: 'system:masters', names: ['127.0.0.1'] },
    'service-account': { commonName: 'service-accounts' },
  };
  for (const [name, request] of Object.entries(requests)) {
    writePair(folder, name, await authority.issue(request));
  }
  writePair(folder, 'ca', authority.pair);
}

export function readPair(folder: string, name: string): KeyPair {
  return {
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
  };
}

function writePair(folder: string, name: string, pair: KeyPair): void {
  writePrivate(join(folder, `${name}.key`), pair.key);
  writePrivate(join(folder, `${name}.crt`), pair.cert);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  // A day back, for a clock that is set right after the plane was made.
  return { notBefore: new Date(now - 86_400_000), notAfter: new Date(now + VALID_DAYS * 86_400_000) };
}

function serialNumber(): string {
  return Buffer.from(webcrypto.getRandomValues(new Uint8Array(16)))
    .toString('hex')
    .replace(/^[89a-f]/, '7');
}
