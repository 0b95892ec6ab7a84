import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChartName } from '../../components/catalogue';
import type { KeyTree } from '../../components/charts/value-keys';

/** The committed facts of a chart's values; `test/fixtures/generate-values.ts` writes them. */
export interface ValueFacts {
  /** Version of the chart that they were taken from. */
  version: string;
  keys: KeyTree;
}

export function valueFactsPath(chart: ChartName): string {
  return join(__dirname, '..', 'fixtures', 'values', `${chart}.json`);
}

export function loadValueFacts(chart: ChartName): ValueFacts {
  return JSON.parse(readFileSync(valueFactsPath(chart), 'utf8')) as ValueFacts;
}

/** The keys that a chart of the catalogue knows, for `unknownPaths(values, loadValueKeys(chart))`. */
export function loadValueKeys(chart: ChartName): KeyTree {
  return loadValueFacts(chart).keys;
}
