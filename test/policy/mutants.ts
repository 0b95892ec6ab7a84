import type { ASTNode } from '@marcbachmann/cel-js';
import { syntaxTree } from '../../policy/cel';
import { celOf } from '../../policy/pages/cel';

/** Ways to break a rule. */
export type Operator =
  | 'whole'
  | 'operand dropped'
  | 'item dropped'
  | 'quantifier'
  | 'comparison'
  | 'negation'
  | 'branch'
  | 'literal'
  | 'default';

export interface Mutant {
  operator: Operator;
  /** What was changed, such as `a == b -> a != b`, `without a`, or `a in ['b', 'c'] without 'b'`. */
  change: string;
  /** The texts of the list that one was dropped of. */
  items?: readonly string[];
  /** The whole rule with that change. */
  expression: string;
}

/** A node of which only what a mutation needs is known. */
interface Node {
  op: string;
  args: unknown;
}

type Change = readonly [Operator, Node];

const COMPARISONS: Readonly<Record<string, readonly string[]>> = {
  '==': ['!='],
  '!=': ['=='],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
};

/** Every mutant of a rule: one change each, no two alike. */
export function mutantsOf(expression: string): Mutant[] {
  const tree = syntaxTree(expression) as unknown as Node;
  const whole: Change[] = [
    ['whole', literal(true)],
    ['whole', literal(false)],
    ['whole', not(tree)],
  ];
  const all = [
    ...whole.map(([operator, to]) => mutant(operator, tree, to, to)),
    ...inner(tree, (changed) => changed),
  ];
  return [...new Map(all.map((each) => [each.expression, each])).values()].filter(
    (each) => each.expression !== textOf(tree),
  );
}

/** Mutants by changes of a node and of what is below it. */
function inner(node: Node, place: (changed: Node) => Node): Mutant[] {
  const own = changesOf(node).map(([operator, to]) => mutant(operator, node, to, place(to)));
  return [
    ...own,
    ...children(node).flatMap(([child, put]) => inner(child, (changed) => place(put(changed)))),
  ];
}

function mutant(operator: Operator, from: Node, to: Node, whole: Node): Mutant {
  if (operator === 'item dropped') return { ...itemDropped(from, to), operator, expression: textOf(whole) };
  const dropped = operator === 'operand dropped' && (from.args as Node[]).find((each) => each !== to);
  const change = dropped ? `without ${textOf(dropped)}` : `${textOf(from)} -> ${textOf(to)}`;
  return { operator, change, expression: textOf(whole) };
}

/** Which text a list lost, and all that it had. */
function itemDropped(from: Node, to: Node): Pick<Mutant, 'change' | 'items'> {
  const [items = [], left] = [from, to].map(({ args }) => textsOf((args as [Node, Node])[1]));
  const dropped = items.find((item) => !left?.includes(item));
  return { change: `${textOf(from)} without '${dropped}'`, items };
}

/** The texts of a list of nothing else; none of any other node. */
function textsOf({ op, args }: Node): string[] {
  const values =
    op === 'list' ? (args as Node[]).map((item) => (item.op === 'value' ? item.args : null)) : [];
  return values.every((value) => typeof value === 'string') ? values : [];
}

/** What a node can be changed into. */
function changesOf(node: Node): Change[] {
  const { op, args } = node;
  if (op === '&&' || op === '||') return (args as Node[]).map((operand) => ['operand dropped', operand]);
  if (op in COMPARISONS) return (COMPARISONS[op] ?? []).map((other) => ['comparison', { op: other, args }]);
  if (op === 'in') return [['comparison', not(node)], ...itemsDropped(args as [Node, Node])];
  if (op === '!_') return [['negation', args as Node]];
  if (op === '?:') return (args as Node[]).slice(1).map((branch) => ['branch', branch]);
  if (op === 'value') return literals(args).map((value) => ['literal', literal(value)]);
  if (op === 'rcall') return callChanges(args as [string, Node, Node[]]);
  return [];
}

/** The same with a list that lacks one text each. */
function itemsDropped([value, list]: [Node, Node]): Change[] {
  const items = textsOf(list);
  if (items.length < 2) return [];
  return items.map((dropped) => {
    const others = items.filter((item) => item !== dropped).map(literal);
    return ['item dropped', { op: 'in', args: [value, { op: 'list', args: others }] }];
  });
}

function callChanges([name, receiver, args]: [string, Node, Node[]]): Change[] {
  // `[x].all(…)` is how a rule names a value; of one item all is what some is.
  const isLet = receiver.op === 'list' && (receiver.args as Node[]).length === 1;
  if (!isLet && (name === 'all' || name === 'exists'))
    return [['quantifier', { op: 'rcall', args: [name === 'all' ? 'exists' : 'all', receiver, args] }]];
  return [];
}

/** Other values than this one. */
function literals(value: unknown): unknown[] {
  if (typeof value === 'boolean') return [!value];
  if (typeof value === 'bigint') return [value + 1n];
  if (typeof value === 'string') return [value === '' ? 'mutant' : `${value}~`];
  return [];
}

/** The nodes right below a node, each with a way to put another in its place. */
function children(node: Node): [Node, (changed: Node) => Node][] {
  const { op, args } = node;
  const at = (
    list: readonly unknown[],
    index: number,
    set: (list: unknown[]) => unknown,
  ): [Node, (changed: Node) => Node] => [
    list[index] as Node,
    (changed) => ({ op, args: set(list.map((each, other) => (other === index ? changed : each))) }),
  ];
  if (op === 'value' || op === 'id') return [];
  if (op === '!_' || op === '-_') return [[args as Node, (changed) => ({ op, args: changed })]];
  if (op === 'list') return (args as Node[]).map((_, index) => at(args as Node[], index, (list) => list));
  if (op === 'map') return [];
  if (op === '.' || op === '.?') return [at(args as Node[], 0, (list) => list)];
  if (op === 'call' || op === 'rcall') {
    const parts = args as unknown[];
    const last = parts.at(-1) as Node[];
    const inCall = last.map((_, index) => at(last, index, (list) => [...parts.slice(0, -1), list]));
    return op === 'call' ? inCall : [at(parts, 1, (list) => list), ...inCall];
  }
  return (args as Node[]).map((_, index) => at(args as Node[], index, (list) => list));
}

function not(node: Node): Node {
  return { op: '!_', args: node };
}

function literal(value: unknown): Node {
  return { op: 'value', args: value };
}

function textOf(node: Node): string {
  return celOf(node as unknown as ASTNode);
}
