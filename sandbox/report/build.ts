import { CATALOGUE } from '../../components/catalogue';
import { type ChartLock, lockedDigest } from '../../components/charts/lock';
import type { ChartArchive } from '../../components/charts/resolve';
import { CONTROLS } from '../../policy/catalogue';
import type { Exemption, Exemptions } from '../../policy/exemption';
import { describeObject } from '../../policy/objects';
import { OWN_POLICIES, RENDERED_RELEASES } from '../../policy/own-policies';
import { levelIn, type Levels } from '../../policy/settings';
import { frameworks } from './frameworks';
import { imageName, imagesIn } from './images';
import type { Assessment, Judged, PlacedObject } from './judge';
import {
  STATUSES,
  type ChartReport,
  type ControlReport,
  type ExemptionReport,
  type FindingReport,
  type ImageReport,
  type Report,
  type Status,
} from './model';

/** What a report is made of. */
export interface Ground {
  stack: string;
  kubernetesVersion: string;
  now: Date;
  levels: Levels;
  assessment: Assessment;
  exemptions: { all: readonly Exemption[]; standing: Exemptions };
  unjudgedNamespaces: Report['unjudgedNamespaces'];
  archives: readonly ChartArchive[];
  lock: ChartLock;
  /** Texts that the report must not hold: values of secrets. */
  secrets: readonly string[];
}

/** The report of a stack that was judged. */
export function buildReport(ground: Ground): Report {
  const { archives, assessment, kubernetesVersion, levels, lock, now, stack } = ground;
  const controls = assessment.judged.map((judged) => controlReport(judged, levels));
  const findings = controls.flatMap((control) => control.findings);
  const count = (kind: FindingReport['kind']): number => findings.filter((each) => each.kind === kind).length;
  const images = imageReports(assessment.objects);
  const report: Report = {
    schema: 1,
    stack,
    kubernetesVersion,
    generatedAt: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    standIns: archives.some(({ source }) => source === 'stand-in'),
    totals: {
      controls: Object.fromEntries(
        STATUSES.map((status) => [status, controls.filter((each) => each.status === status).length]),
      ) as Record<Status, number>,
      objects: assessment.objects.length,
      resources: assessment.resources,
      violations: count('violation'),
      warnings: count('warning'),
      exempt: count('exempt'),
      images: images.length,
      pinned: images.filter(({ digest }) => digest !== undefined).length,
    },
    frameworks: frameworks(controls),
    controls,
    exemptions: exemptionReports(ground),
    unjudgedNamespaces: ground.unjudgedNamespaces,
    charts: archives.map((archive) => chartReport(archive, lock)),
    images,
  };
  return masked(report, ground.secrets) as Report;
}

const BY_ID = new Map(CONTROLS.map((control) => [control.id, control]));

function controlReport({ findings, id, judged }: Judged, levels: Levels): ControlReport {
  const control = BY_ID.get(id);
  const { remediation, severity, title, why } =
    control ?? OWN_POLICIES.find((each) => each.id === id) ?? RENDERED_RELEASES;
  // What can't be rendered can't be passed: that is no matter of levels.
  const level = id === RENDERED_RELEASES.id ? 'mandatory' : levelIn(levels, id);
  const told = findings.map(({ found, object, standing }): FindingReport => {
    const kind = standing.state === 'exempt' ? 'exempt' : level === 'advisory' ? 'warning' : 'violation';
    const days = standing.state === 'none' ? {} : { daysLeft: standing.days };
    // In its last days an exemption still holds, and is warned of; so is one that is over, where the stack says so.
    const isTold = standing.state === 'ending' || (standing.state === 'expired' && standing.warns);
    return { object, found, kind: isTold ? 'warning' : kind, ...days };
  });
  return {
    id,
    title,
    why,
    cure: remediation,
    severity,
    judges: control?.scope ?? (id === RENDERED_RELEASES.id ? 'resource' : 'stack'),
    level,
    status: statusOf(level, judged, told),
    judged,
    cis: (control?.cis ?? []).map(({ section }) => section),
    ...(control?.pss ? { pss: control.pss } : {}),
    ...(control?.nsa ? { nsa: control.nsa } : {}),
    findings: level === 'disabled' ? [] : told,
  };
}

function statusOf(level: string, judged: number, findings: readonly FindingReport[]): Status {
  if (level === 'disabled') return 'off';
  if (findings.some(({ kind }) => kind === 'violation')) return 'violations';
  if (findings.some(({ kind }) => kind === 'warning')) return 'warnings';
  if (findings.length > 0) return 'exempt';
  return judged > 0 ? 'pass' : 'no-objects';
}

function exemptionReports({ assessment, exemptions }: Ground): ExemptionReport[] {
  return exemptions.all.map((exemption): ExemptionReport => {
    const object = { apiVersion: '', kind: exemption.object.kind, metadata: exemption.object };
    const [control = ''] = exemption.controls;
    const standing = exemptions.standing.standing(control, object);
    const used = assessment.judged.filter(
      ({ findings, id }) =>
        exemption.controls.includes(id) && findings.some((each) => each.object === describeObject(object)),
    );
    return {
      object: describeObject(object),
      controls: [...exemption.controls],
      reason: exemption.reason,
      owner: exemption.owner,
      expires: exemption.expires,
      daysLeft: standing.state === 'none' ? -1 : standing.days,
      used: used.length,
    };
  });
}

function chartReport({ chart, sha256, source, version }: ChartArchive, lock: ChartLock): ChartReport {
  const { namespace, release, repository } = CATALOGUE[chart];
  const recorded = lockedDigest(lock, chart);
  return { chart, version, release, namespace, source, sha256, recorded: recorded || null, repository };
}

/** Every image once, with each place that it is found in. */
function imageReports(objects: readonly PlacedObject[]): ImageReport[] {
  const images = new Map<string, ImageReport>();
  for (const { object, release } of objects) {
    for (const { image, ...place } of imagesIn(object)) {
      const known = images.get(image) ?? { image, ...imageName(image), certainty: 'derived', places: [] };
      if (place.found !== 'derived') known.certainty = 'stated';
      known.places.push({ ...place, ...(release ? { release } : {}) });
      images.set(image, known);
    }
  }
  return [...images.values()].sort((one, other) => (one.image < other.image ? -1 : 1));
}

/** A copy without these texts, wherever a message or a path quotes one. */
function masked(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string')
    return secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), value);
  if (Array.isArray(value)) return value.map((item) => masked(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, masked(item, secrets)]));
}
