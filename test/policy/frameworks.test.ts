import { CONTROLS } from '../../policy/catalogue';
import { CIS, CIS_CHAPTERS, NSA, PSS } from '../../policy/frameworks';
import { bySection, chapterOf, coveragePage } from '../../policy/pages/coverage';

const ids = CONTROLS.map(({ id }) => id);
const marks = CONTROLS.flatMap(({ cis, id }) => cis.map((mark) => ({ id, ...mark })));

describe('CIS 1.12', () => {
  test('chapter 5 is there whole: 13, 12, 2, 2, 1 and 4 sections, without a gap', () => {
    const expected = Object.entries({ '5.1': 13, '5.2': 12, '5.3': 2, '5.4': 2, '5.5': 1, '5.6': 4 }).flatMap(
      ([chapter, count]) => Array.from({ length: count }, (_, index) => `${chapter}.${index + 1}`),
    );
    expect(CIS.map(({ section }) => section)).toEqual(expected);
    expect(CIS).toHaveLength(34);
  });

  test.each(CIS.map((item) => [item.section, item] as const))('%s has a control', (section, item) => {
    const own = marks.filter((mark) => mark.section === section);
    expect(own).not.toEqual([]);
    // What the section is, all that name it say alike.
    for (const { formerly, heuristic = false, id } of own)
      expect([id, formerly, heuristic]).toEqual([id, item.formerly, item.heuristic !== undefined]);
  });

  test('every section that a control names is in a chapter, and those of chapter 5 are listed', () => {
    const listed = CIS.map(({ section }) => section);
    expect(marks.filter(({ section }) => chapterOf(section) === '')).toEqual([]);
    expect(marks.filter(({ section }) => section.startsWith('5.') && !listed.includes(section))).toEqual([]);
    const used = new Set(marks.map(({ section }) => chapterOf(section)));
    expect(Object.values(CIS_CHAPTERS).filter((chapter) => !used.has(chapter))).toEqual([]);
  });
});

describe('Pod Security Standards', () => {
  test('are there whole: twelve fields of baseline, seven of restricted', () => {
    const titles = (level: string): string[] =>
      PSS.filter((item) => item.level === level).map(({ title }) => title);
    expect(new Set(titles('baseline')).size).toBe(12);
    expect(new Set(titles('restricted')).size).toBe(7);
    expect(PSS).toHaveLength(19);
  });

  test('are held by the controls that say so, each at its level', () => {
    for (const level of ['baseline', 'restricted'] as const) {
      const named = PSS.filter((item) => item.level === level).flatMap(({ controls }) => controls);
      const marked = CONTROLS.filter(({ pss }) => pss === level).map(({ id }) => id);
      expect([...new Set(named)].sort()).toEqual(marked);
    }
    expect(PSS.filter(({ controls }) => controls.length === 0)).toEqual([]);
  });
});

describe('NSA/CISA', () => {
  test('every item has a control, or says why none can answer it', () => {
    const held = new Set(CONTROLS.map(({ nsa }) => nsa));
    const wrong = NSA.filter((item) => held.has(item.title) === 'beyond' in item);
    expect(wrong).toEqual([]);
  });
});

test('the coverage page counts them, names every section and says which are heuristic', () => {
  const page = coveragePage();
  expect(page).toContain('34 of 34 sections have controls: 30 are decided from objects, 4 are heuristic.');
  expect(page).toContain('19 of 19: 12 of baseline, 7 of restricted.');
  for (const { section } of CIS) expect(page).toContain(`\n| ${section} |`);
  for (const { title } of [...PSS, ...NSA]) expect(page).toContain(`| ${title} |`);
  const linked = [...page.matchAll(/\]\([a-z-]+\/([a-z0-9-]+)\.md\)/g)].map(([, id = '']) => id);
  expect(linked.filter((id) => !ids.includes(id))).toEqual([]);
});

test('sections are ordered by number', () => {
  expect(['5.1.10', '1.2.9', '5.1.9', '2.7'].sort(bySection)).toEqual(['1.2.9', '2.7', '5.1.9', '5.1.10']);
});
