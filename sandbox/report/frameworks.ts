import { CIS, CIS_CHAPTERS, NSA, PSS } from '../../policy/frameworks';
import { bySection, chapterOf } from '../../policy/pages/coverage';
import { STATUSES, type ControlReport, type FrameworkReport, type SectionReport, type Status } from './model';

/** What came of each section of each framework, by the controls that hold it. */
export function frameworks(controls: readonly ControlReport[]): FrameworkReport[] {
  return [
    { name: 'CIS Kubernetes Benchmark', version: '1.12', sections: cis(controls) },
    { name: 'Pod Security Standards', version: '1.36', sections: pss(controls) },
    { name: 'NSA/CISA Kubernetes Hardening Guidance', version: '1.2', sections: nsa(controls) },
    { name: 'No framework', version: '', sections: others(controls) },
  ];
}

function cis(controls: readonly ControlReport[]): SectionReport[] {
  const titles = new Map(CIS.map((item) => [item.section, item]));
  const named = controls.flatMap((control) => control.cis);
  const others = [...new Set(named)].filter((section) => !titles.has(section)).sort(bySection);
  // Chapter 5 is what a stack answers for; the others are about clusters that somebody builds by hand.
  return [...titles.keys(), ...others].map((section) => {
    const own = controls.filter((control) => control.cis.includes(section));
    const item = titles.get(section);
    return {
      section,
      // Of chapters 1 to 4 the title of the first control, which is the one on the section's flag, says it.
      title: item?.title ?? own[0]?.title ?? '',
      chapter: `${chapterNumber(section)} ${chapterOf(section)}`,
      status: worst(own),
      controls: own.map(({ id }) => id),
      ...(item?.heuristic ? { note: `Heuristic. ${item.heuristic}` } : {}),
    };
  });
}

function chapterNumber(section: string): string {
  const number = section.split('.').slice(0, 2).join('.');
  return number in CIS_CHAPTERS ? number : (section.split('.')[0] ?? '');
}

function pss(controls: readonly ControlReport[]): SectionReport[] {
  return PSS.map(({ controls: ids, level, title }) => {
    const own = controls.filter(({ id }) => ids.includes(id));
    return { section: title, title, chapter: level, status: worst(own), controls: [...ids] };
  });
}

function nsa(controls: readonly ControlReport[]): SectionReport[] {
  return NSA.map((item) => {
    const own = controls.filter((control) => control.nsa === item.title);
    return {
      section: item.title,
      title: item.title,
      chapter: item.chapter,
      status: 'beyond' in item ? 'not-judged' : worst(own),
      controls: own.map(({ id }) => id),
      ...('beyond' in item ? { note: item.beyond } : {}),
    };
  });
}

/** Controls that no framework asks for: on reliability, releases, and the program. */
function others(controls: readonly ControlReport[]): SectionReport[] {
  return controls
    .filter((control) => control.cis.length === 0 && !control.pss && !control.nsa)
    .map(({ id, status, title }) => ({ section: id, title, chapter: '', status, controls: [id] }));
}

/** The status of a section: of its controls' the first in the order of statuses. */
function worst(controls: readonly ControlReport[]): Status {
  return STATUSES.find((status) => controls.some((control) => control.status === status)) ?? 'no-objects';
}
