import { stringify } from 'yaml';
import type { Settings } from '../../stacks/schema';
import { CATALOGUE, CHART_NAMES } from '../catalogue';
import { CALICO_NAMESPACE } from '../network/installation';

/**
 * The platform's own Falco rules. They come after the rules of Falco's image and build on its lists and macros:
 * `container`, `spawned_process`, `open_write`, `shell_procs`, `package_mgmt_binaries`, `proc_name_exists`.
 */

interface List {
  list: string;
  items: string[];
}
interface Macro {
  macro: string;
  condition: string;
}
interface Rule {
  rule: string;
  desc: string;
  condition: string;
  output: string;
  priority: 'CRITICAL' | 'ERROR' | 'WARNING' | 'NOTICE';
  tags: string[];
}
type Entry = List | Macro | Rule;

/** Content of the rule file `platform.yaml`. */
export function platformRules(settings: Settings): string {
  return stringify([...vocabulary(settings), ...ALTERATIONS, ...RULES], { lineWidth: 0 });
}

/** Words that the rules share. */
function vocabulary(settings: Settings): Entry[] {
  const managed = CHART_NAMES.map((chart) => CATALOGUE[chart]).filter(
    ({ area }) => settings[area].mode !== 'off',
  );
  const own = new Set(managed.map(({ namespace }) => namespace));
  return [
    { list: 'platform_namespaces', items: [...own, CALICO_NAMESPACE, 'kube-system'].sort() },
    {
      macro: 'platform_container',
      condition: '(container and k8s.ns.name in (platform_namespaces))',
    },
    {
      macro: 'platform_api_server',
      condition: `(fd.sip.name = "kubernetes.default.svc.${settings.cluster.dnsDomain}")`,
    },
    // A process that was started in a running container, by exec; the first one of a container is its own.
    { macro: 'platform_started_later', condition: '(spawned_process and proc.vpid != 1)' },
    // Empty; a rule file of the stack may say what is fine here.
    { macro: 'platform_allowed_api_clients', condition: '(never_true)' },
    { macro: 'platform_allowed_etc_writers', condition: '(never_true)' },
  ];
}

/** Falco takes the first rule that matches, so its own must step back where one below says more. */
const ALTERATIONS: Entry[] = [
  { macro: 'user_expected_terminal_shell_in_container_conditions', condition: '(platform_container)' },
  { macro: 'user_known_contact_k8s_api_server_activities', condition: '(container)' },
];

/** Falco itself appends container, image, pod and namespace to every output. */
const WHO = 'user=%user.name process=%proc.name command=%proc.cmdline parent=%proc.pname';

const RULES: Rule[] = [
  {
    rule: 'Platform shell in platform container',
    desc: 'A shell was started in a container of the platform, which no part of the platform does by itself.',
    condition: 'platform_started_later and platform_container and shell_procs',
    output: `Shell in a container of the platform | terminal=%proc.tty ${WHO}`,
    priority: 'CRITICAL',
    tags: ['platform', 'container', 'shell', 'mitre_execution', 'T1059'],
  },
  {
    rule: 'Platform write below etc in container',
    desc: 'A file below /etc was opened for writing in a container; configuration comes from ConfigMaps and Secrets.',
    condition:
      'open_write and container and proc_name_exists and fd.name startswith /etc/ and not platform_allowed_etc_writers',
    output: `File below /etc opened for writing in a container | file=%fd.name ${WHO}`,
    priority: 'ERROR',
    tags: ['platform', 'container', 'filesystem', 'mitre_persistence', 'T1543'],
  },
  {
    rule: 'Platform unexpected API server client',
    desc: 'A container outside the platform connected to the API server; workloads have no token and no need to.',
    condition:
      'evt.type = connect and (fd.typechar = 4 or fd.typechar = 6) and container and platform_api_server and not platform_container and not platform_allowed_api_clients',
    output: `Connection to the API server from a workload | connection=%fd.name ${WHO}`,
    priority: 'WARNING',
    tags: ['platform', 'container', 'network', 'k8s', 'mitre_discovery', 'T1613'],
  },
  {
    rule: 'Platform package manager in container',
    desc: 'A package manager was started in a running container; what it holds should come with its image.',
    condition: 'platform_started_later and container and proc.name in (package_mgmt_binaries)',
    output: `Package manager in a container | ${WHO}`,
    priority: 'ERROR',
    tags: ['platform', 'container', 'process', 'mitre_persistence', 'T1505'],
  },
];
