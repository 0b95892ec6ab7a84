import { parse } from 'yaml';
import { CATALOGUE } from '../../components/catalogue';
import { describeObject, isRecord, type KubernetesObject } from '../../policy/objects';

/** Where an image was found, and how sure that is. */
export interface ImagePlace {
  /** Such as "Deployment shop/api". */
  object: string;
  /** Such as "spec.template.spec.containers[0].image"; in words where it is derived. */
  path: string;
  /**
   * - `field`: an image's own field, in a pod spec or a custom resource
   * - `argument`, `environment`: of a container
   * - `text`: within a longer text, such as a ConfigMap's
   * - `derived`: what an operator or injector makes of the object by rules of its own
   */
  found: 'field' | 'argument' | 'environment' | 'text' | 'derived';
}

export interface FoundImage extends ImagePlace {
  image: string;
}

/** An image's name taken apart; what is not said is not there. */
export interface ImageName {
  registry: string;
  repository: string;
  tag?: string;
  digest?: string;
}

const DIGEST = '@sha256:[0-9a-f]{64}';
const TAG = ':[\\w][\\w.-]{0,127}';
const PATH = '[a-z0-9]+(?:[._/-]+[a-z0-9]+)*';
/** A registry: a name with a dot, or with a port. */
const HOST = '(?:(?:[a-z0-9-]+\\.)+[a-z]{2,}(?::\\d+)?|[a-z0-9-]+:\\d+)';
/** What can't be anything but an image: with a registry, and a tag or digest. */
const FULL = `${HOST}/${PATH}(?:${TAG}(?:${DIGEST})?|${DIGEST})`;
const ANY = `(?:${HOST}/)?${PATH}(?:${TAG})?(?:${DIGEST})?`;

const IS_IMAGE = new RegExp(`^${ANY}$`);
const IS_FULL = new RegExp(`^${FULL}$`);
const IN_TEXT = new RegExp(`(?<![\\w./:@%-])${FULL}(?![\\w/:@])`, 'g');

/** Every image that an object names or leads to, Secrets left alone: each place by itself. */
export function imagesIn(object: KubernetesObject): FoundImage[] {
  if (object.kind === 'Secret' || object.kind === 'CustomResourceDefinition') return [];
  const name = describeObject(object);
  const found = [...walk(object, ''), ...derived(object)];
  return found.map(({ image, path, found: how }) => ({ image, object: name, path, found: how }));
}

type Place = Omit<FoundImage, 'object'>;

function walk(value: unknown, path: string): Place[] {
  if (typeof value === 'string') return inText(value, path);
  if (Array.isArray(value)) return value.flatMap((item, index) => walkItem(item, `${path}[${index}]`, path));
  if (!isRecord(value)) return [];
  const composed = composedOf(value, path);
  return [
    ...composed,
    ...Object.entries(value).flatMap(([key, item]) => {
      const below = /^[\w-]+$/.test(key) ? `${path}${path && '.'}${key}` : `${path}["${key}"]`;
      const isImage = /^image$|Image$/.test(key) || (key === 'reference' && path.endsWith('.image'));
      if (typeof item !== 'string' || !isImage) return walk(item, below);
      // "auto" stands for what the mesh's injector puts there.
      return IS_IMAGE.test(item) && item !== 'auto'
        ? [{ image: item, path: below, found: 'field' as const }]
        : [];
    }),
  ];
}

/** What is in a list: an argument or an environment variable may be an image as a whole. */
function walkItem(item: unknown, path: string, list: string): Place[] {
  if (typeof item === 'string' && /\.(args|command)$/.test(list)) {
    const [, flag = '', value = ''] = /^(?:(--?[\w.-]+)=)?(.*)$/s.exec(item) ?? [];
    if (isWhole(flag, value))
      return [{ image: value, path: flag ? `${path} ${flag}` : path, found: 'argument' }];
  }
  if (isRecord(item) && list.endsWith('.env') && typeof item.value === 'string') {
    const name = String(item.name);
    if (isWhole(name, item.value))
      return [{ image: item.value, path: `${path} ${name}`, found: 'environment' }];
  }
  return walk(item, path);
}

/** Whether the value of a flag or variable is an image: one of Docker Hub's only where its name says so. */
function isWhole(name: string, value: string): boolean {
  if (IS_FULL.test(value)) return true;
  return /image|reloader/i.test(name) && value.includes(':') && IS_IMAGE.test(value);
}

/** Texts that hold manifests, templates or settings of other programs. */
function inText(text: string, path: string): Place[] {
  const named = [...text.matchAll(IN_TEXT)].map(([image]): Place => ({ image, path, found: 'text' }));
  return [...named, ...injected(text, path)];
}

/** `{registry, repository, tag}`, as values of charts and some custom resources name an image. */
function composedOf({ registry, repository, tag, digest }: Record<string, unknown>, path: string): Place[] {
  if (!/(^|\.)\w*[iI]mage$/.test(path) || typeof repository !== 'string' || repository === '') return [];
  const text = (before: string, value: unknown): string =>
    typeof value === 'string' && value !== '' ? `${before}${value}` : '';
  const host = typeof registry === 'string' && registry !== '' ? `${registry}/` : '';
  return [{ image: `${host}${repository}${text(':', tag)}${text('@', digest)}`, path, found: 'field' }];
}

/** The proxies that Istio's injector adds, out of its settings: `global.hub`, `global.tag` and a name of each. */
function injected(text: string, path: string): Place[] {
  if (!/"?hub"?:/.test(text) || !/"?proxy"?:/.test(text)) return [];
  const global = globalOf(text);
  if (typeof global.hub !== 'string' || typeof global.tag !== 'string') return [];
  const variant = typeof global.variant === 'string' && global.variant ? `-${global.variant}` : '';
  const names = [global.proxy, global.proxy_init].map((each) => (isRecord(each) ? each.image : undefined));
  return [...new Set(names)]
    .filter((name): name is string => typeof name === 'string' && name !== '')
    .map((name) => ({
      image: name.includes('/') ? name : `${String(global.hub)}/${name}:${String(global.tag)}${variant}`,
      path: `${path}, of injected containers`,
      found: 'text',
    }));
}

function globalOf(text: string): Record<string, unknown> {
  try {
    const values = parse(text, { logLevel: 'error' }) as unknown;
    return isRecord(values) && isRecord(values.global) ? values.global : {};
  } catch {
    return {};
  }
}

/** Images that no object names: operators and injectors make them of what they are given. */
function derived(object: KubernetesObject): Place[] {
  return [...ofIstiod(object), ...ofCalico(object)];
}

/** istiod puts a proxy of its own hub and version into every pod of the mesh, and into gateways. */
function ofIstiod({ spec }: KubernetesObject): Place[] {
  const images = [...walk(spec, 'spec')].filter(({ found }) => found === 'field');
  return images.flatMap(({ image }): Place[] => {
    const [, hub, version] = /^(.+)\/pilot(:.+)$/.exec(image) ?? [];
    if (!hub || !version) return [];
    return [{ image: `${hub}/proxyv2${version}`, path: 'of proxies that it injects', found: 'derived' }];
  });
}

/**
 * What Calico's operator installs for an Installation: of Calico's version, which is that of the operator's chart.
 * With native v3 CRDs the webhook is part of it.
 */
function ofCalico({ apiVersion, kind, spec }: KubernetesObject): Place[] {
  if (kind !== 'Installation' || !apiVersion.startsWith('operator.tigera.io/') || !isRecord(spec)) return [];
  const registry = typeof spec.registry === 'string' ? spec.registry : 'quay.io/';
  const folder = typeof spec.imagePath === 'string' ? spec.imagePath : 'calico';
  const cni = isRecord(spec.cni) && spec.cni.type === 'Calico' ? ['cni'] : [];
  const volumes = spec.kubeletVolumePluginPath === 'None' ? [] : ['csi', 'node-driver-registrar'];
  return ['node', ...cni, 'typha', 'kube-controllers', 'webhooks', ...volumes].map((name) => ({
    image: `${registry}${folder}/${name}:${CATALOGUE['tigera-operator'].version}`,
    path: 'of what the operator installs',
    found: 'derived',
  }));
}

/** Takes an image's name apart, as container runtimes read it: without a registry it is Docker Hub's. */
export function imageName(image: string): ImageName {
  const [, named = '', digest] = /^([^@]*)(?:@(.+))?$/.exec(image) ?? [];
  const [, path = '', tag] = /^(.*?)(?::([\w][\w.-]*))?$/.exec(named) ?? [];
  const [first = '', ...rest] = path.split('/');
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  const repository = hasRegistry ? rest.join('/') : rest.length > 0 ? path : `library/${path}`;
  return {
    registry: hasRegistry ? first : 'docker.io',
    repository,
    ...(tag ? { tag } : {}),
    ...(digest ? { digest } : {}),
  };
}
