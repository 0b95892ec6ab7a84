import * as k8s from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { RunError } from '@pulumi/pulumi';
import type { Settings } from '../../stacks/schema';
import { PRIORITY } from '../foundation/priorities';
import { pullSecrets } from '../foundation/scheduling';
import type { Values } from '../foundation/values';

/** ClusterIssuer for host names that the gateway serves: the cluster's CA, or an ACME server. */
export const PLATFORM_ISSUER = 'platform';

/** ClusterIssuer for names inside the cluster, which no ACME server certifies: always the cluster's CA. */
export const INTERNAL_ISSUER = 'platform-internal';

/**
 * ServiceAccount of the pods that answer an ACME server; granted nothing, and without a token. It is in the gateway's
 * namespace, where certificates from an ACME server are asked for.
 */
export const ACME_SOLVER = 'acme-solver';

const BOOTSTRAP_ISSUER = 'platform-bootstrap';
/** The CA's Certificate and Secret, in the namespace where cert-manager looks for those of ClusterIssuers. */
const CA = 'platform-ca';
const CA_NAMESPACE = 'cert-manager';
/** IngressClass that Istio serves; its own name for it. */
const INGRESS_CLASS = 'istio';

export interface Issuers {
  platform: k8s.apiextensions.CustomResource;
  internal: k8s.apiextensions.CustomResource;
}

/** Makes the cluster's CA and the issuers that others name. */
export function createIssuers(
  name: string,
  settings: Settings,
  options: pulumi.CustomResourceOptions,
): Issuers {
  const after = (resource: pulumi.Resource): pulumi.CustomResourceOptions =>
    pulumi.mergeOptions(options, { dependsOn: [resource] });
  const bootstrap = createClusterIssuer(name, BOOTSTRAP_ISSUER, { selfSigned: {} }, options);
  const authority = new k8s.apiextensions.CustomResource(
    `${name}-ca`,
    {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: CA, namespace: CA_NAMESPACE },
      spec: authoritySpec(),
    },
    after(bootstrap),
  );
  const internal = createClusterIssuer(name, INTERNAL_ISSUER, authorityIssuerSpec(), after(authority));
  if (settings.certificates.issuer === 'acme') createIngressClass(name, options);
  const platform = createClusterIssuer(name, PLATFORM_ISSUER, platformIssuerSpec(settings), after(authority));
  return { platform, internal };
}

/** Spec of the CA's Certificate: ten years, renewed in the last one with the same key, so that trust in it lasts. */
export function authoritySpec(): Values {
  return {
    isCA: true,
    commonName: CA,
    secretName: CA,
    duration: '87600h',
    renewBefore: '8760h',
    privateKey: { algorithm: 'ECDSA', size: 256, rotationPolicy: 'Never' },
    issuerRef: { group: 'cert-manager.io', kind: 'ClusterIssuer', name: BOOTSTRAP_ISSUER },
  };
}

/**
 * Spec of the issuer `platform`. ACME challenges are answered over HTTP, by an Ingress of Istio's class that lasts as
 * long as the challenge: the one way that needs neither Gateway API nor credentials of a DNS provider. It cannot
 * prove wildcards.
 *
 * @throws RunError where the issuer is `acme` and the settings have no account for it.
 */
export function platformIssuerSpec({ certificates, images }: Settings): Values {
  if (certificates.issuer === 'self-signed') return authorityIssuerSpec();
  const { acme } = certificates;
  if (!acme) {
    throw new RunError(
      'platform:certificates.acme is not set, but the issuer "acme" needs its email; set it',
    );
  }
  const imagePullSecrets = pullSecrets({ images });
  return {
    acme: {
      email: acme.email,
      server: acme.server,
      privateKeySecretRef: { name: 'platform-acme-account' },
      solvers: [
        {
          http01: {
            ingress: {
              ingressClassName: INGRESS_CLASS,
              serviceType: 'ClusterIP',
              // The solver answers plain HTTP for a minute: a sidecar would refuse it, and outlive it.
              podTemplate: {
                metadata: {
                  labels: { 'app.kubernetes.io/name': ACME_SOLVER, 'sidecar.istio.io/inject': 'false' },
                },
                spec: {
                  serviceAccountName: ACME_SOLVER,
                  priorityClassName: PRIORITY.services,
                  ...(imagePullSecrets.length > 0 ? { imagePullSecrets } : {}),
                },
              },
            },
          },
        },
      ],
    },
  };
}

function authorityIssuerSpec(): Values {
  return { ca: { secretName: CA } };
}

function createClusterIssuer(
  component: string,
  name: string,
  spec: Values,
  options: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  return new k8s.apiextensions.CustomResource(
    `${component}-issuer-${name}`,
    { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name }, spec },
    options,
  );
}

/** Has Istio serve the Ingresses of challenges. */
function createIngressClass(component: string, options: pulumi.CustomResourceOptions): void {
  new k8s.networking.v1.IngressClass(
    `${component}-ingress-class`,
    { metadata: { name: INGRESS_CLASS }, spec: { controller: 'istio.io/ingress-controller' } },
    options,
  );
}
