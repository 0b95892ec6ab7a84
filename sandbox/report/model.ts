import type { Severity } from '../../policy/control';
import type { Level } from '../../policy/settings';
import type { ChartSource } from '../../components/charts/resolve';
import type { ImageName, ImagePlace } from './images';

/** The report of a stack, as `report.json` holds it. Fields are only added; `schema` rises where one changes or goes. */
export interface Report {
  schema: 1;
  stack: string;
  /** The minor version that it was judged for, such as "1.36". */
  kubernetesVersion: string;
  /** When it was made, in UTC: "2027-01-31T12:00:00Z". */
  generatedAt: string;
  /** Whether some charts are the sandbox's stand-ins, of which nothing about the real ones follows. */
  standIns: boolean;
  totals: Totals;
  frameworks: FrameworkReport[];
  controls: ControlReport[];
  exemptions: ExemptionReport[];
  /** Where the API server's policies judge nothing, which a preview does all the same. */
  unjudgedNamespaces: { namespace: string; reason: string }[];
  charts: ChartReport[];
  images: ImageReport[];
}

export interface Totals {
  /** Controls by what came of them. */
  controls: Record<Status, number>;
  /** Kubernetes objects, those inside releases included. */
  objects: number;
  /** Kubernetes resources of the program, a release being one. */
  resources: number;
  /** What stops an update, and what is warned of. */
  violations: number;
  warnings: number;
  /** Verdicts that an exemption sets aside. */
  exempt: number;
  images: number;
  /** Images with a digest. */
  pinned: number;
}

/**
 * What came of a control, or of all controls of a section, the first that holds:
 * - `violations`: something stops an update
 * - `warnings`: what was found is warned of, by the stack's level or while the control is rolled out
 * - `exempt`: all that was found is exempt
 * - `pass`: objects were judged, and nothing was found
 * - `no-objects`: the stack has nothing that it judges
 * - `off`: the stack switches it off
 * - `not-judged`: of a section that no object can answer
 */
export const STATUSES = [
  'violations',
  'warnings',
  'exempt',
  'pass',
  'no-objects',
  'off',
  'not-judged',
] as const;
export type Status = (typeof STATUSES)[number];

export interface FrameworkReport {
  name: string;
  version: string;
  sections: SectionReport[];
}

export interface SectionReport {
  /** Its number, or its title where it has none. */
  section: string;
  title: string;
  chapter: string;
  status: Status;
  /** Ids of its controls. */
  controls: string[];
  /** Where objects only hint at the answer, or give none: what they can't tell. */
  note?: string;
}

export interface ControlReport {
  id: string;
  title: string;
  why: string;
  cure: string;
  severity: Severity;
  judges: 'object' | 'stack' | 'resource';
  /** In this stack. */
  level: Level;
  status: Status;
  /** Objects or resources that it looked at. */
  judged: number;
  /** Sections of the CIS benchmark. */
  cis: string[];
  pss?: string;
  nsa?: string;
  findings: FindingReport[];
}

export interface FindingReport {
  /** Such as "Deployment shop/api". */
  object: string;
  found: string;
  kind: 'violation' | 'warning' | 'exempt';
  /** Whole days that its exemption still holds, 0 on the last; below 0 it has ended. */
  daysLeft?: number;
}

export interface ExemptionReport {
  object: string;
  controls: string[];
  reason: string;
  owner: string;
  /** Its last day: "2027-05-31". */
  expires: string;
  daysLeft: number;
  /** Of those controls, how many would deny the object: with none of them the exemption can go. */
  used: number;
}

export interface ChartReport {
  chart: string;
  version: string;
  release: string;
  namespace: string;
  source: ChartSource;
  /** Of the archive that was rendered. */
  sha256: string;
  /** As charts.lock.json has it; null while none is recorded. */
  recorded: string | null;
  repository: string;
}

export interface ImageReport extends ImageName {
  image: string;
  /** `derived`: nothing names it, operators and injectors make it by rules of their own. */
  certainty: 'stated' | 'derived';
  places: (ImagePlace & { release?: string })[];
}
