import type { ASTNode } from '@marcbachmann/cel-js';
import { syntaxTree } from '../cel';
import { quote } from '../quote';

/** Width that a rule's lines are broken at. */
const WIDTH = 100;
/** Arguments up to this length stay beside the name of their function. */
const SHORT = 40;

/** A rule over several lines, for people: the same expression, broken only where it is too long for one. */
export function layOut(text: string): string {
  return write(syntaxTree(text), '');
}

/** How tightly an operator binds; what is not here is whole in itself. */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '?:': 1,
  '||': 2,
  '&&': 3,
  '==': 4,
  '!=': 4,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  in: 4,
  '+': 5,
  '-': 5,
  '*': 6,
  '/': 6,
  '%': 6,
  '!_': 7,
  '-_': 7,
};
const WHOLE = 8;

/** @param indent of the lines that follow the first */
// eslint-disable-next-line complexity -- a case for each operator
function write(node: ASTNode, indent: string): string {
  const line = inline(node);
  if (indent.length + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  const list = (items: readonly ASTNode[]): string =>
    `\n${items.map((item) => inner + write(item, inner)).join(',\n')}\n${indent}`;
  switch (node.op) {
    case '&&':
    case '||':
    case '+': {
      const parts = operands(node, node.op).map((part) => within(part, node.op, `${inner} `, write));
      return parts.join(`\n${inner}${node.op} `);
    }
    case '?:': {
      const [condition, yes, no] = node.args;
      const deeper = `${inner}  `;
      const head = within(condition, '?:', indent, write, 1);
      return `${head}\n${inner}? ${within(yes, '?:', deeper, write, 1)}\n${inner}: ${write(no, deeper)}`;
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      const [variable, ...rest] = args;
      const head = `${within(receiver, 'rcall', indent, write)}.${name}(`;
      // The variable of a macro stays beside its name.
      if (variable?.op === 'id' && rest.length > 0) return `${head}${variable.args},${list(rest)})`;
      const short = args.map(inline).join(', ');
      return short.length > SHORT ? `${head}${list(args)})` : `${head}${short})`;
    }
    case 'call':
      return `${node.args[0]}(${list(node.args[1])})`;
    case 'list':
      return `[${list(node.args)}]`;
    case '!_':
      return `!${within(node.args, '!_', indent, write)}`;
    case '[]':
      return `${within(node.args[0], '[]', indent, write)}[${inline(node.args[1])}]`;
    case '==':
    case '!=':
    case '<=':
    case '>=':
    case '<':
    case '>':
    case 'in': {
      const [left, right] = node.args;
      return `${within(left, node.op, indent, write)} ${node.op} ${within(right, node.op, indent, write, 1)}`;
    }
    default:
      return line;
  }
}

/** a, b and c of `a && b && c`. */
function operands(node: ASTNode, op: '&&' | '||' | '+'): ASTNode[] {
  if (node.op !== op) return [node];
  const [left, right] = node.args;
  return [...operands(left, op), ...(op === '+' ? [right] : operands(right, op))];
}

/** An operand, in brackets where it binds less tightly than what it is an operand of. */
function within(
  node: ASTNode,
  parent: string,
  indent: string,
  render: (node: ASTNode, indent: string) => string,
  more = 0,
): string {
  // What nobody should have to know by heart is in brackets, too.
  const isMixed = parent === '||' && node.op === '&&';
  const isLooser = isMixed || (PRECEDENCE[node.op] ?? WHOLE) < (PRECEDENCE[parent] ?? WHOLE) + more;
  return isLooser ? `(${render(node, `${indent} `)})` : render(node, indent);
}

// eslint-disable-next-line complexity -- a case for each operator
function inline(node: ASTNode): string {
  const side = (operand: ASTNode, more = 0): string => within(operand, node.op, '', inline, more);
  switch (node.op) {
    case 'value':
      return literal(node.args);
    case 'id':
      return node.args;
    case '.':
    case '.?':
      return `${side(node.args[0])}${node.op}${node.args[1]}`;
    case '[]':
      return `${side(node.args[0])}[${inline(node.args[1])}]`;
    case '[?]':
      return `${side(node.args[0])}[?${inline(node.args[1])}]`;
    case 'call':
      return `${node.args[0]}(${node.args[1].map(inline).join(', ')})`;
    case 'rcall':
      return `${side(node.args[1])}.${node.args[0]}(${node.args[2].map(inline).join(', ')})`;
    case 'list':
      return `[${node.args.map(inline).join(', ')}]`;
    case 'map':
      return `{${node.args.map(([key, value]) => `${inline(key)}: ${inline(value)}`).join(', ')}}`;
    case '?:':
      return `${side(node.args[0], 1)} ? ${side(node.args[1], 1)} : ${inline(node.args[2])}`;
    case '!_':
      return `!${side(node.args)}`;
    case '-_':
      return `-${side(node.args)}`;
    default:
      return `${side(node.args[0])} ${node.op} ${side(node.args[1], node.op === '&&' || node.op === '||' ? 0 : 1)}`;
  }
}

/** A literal as CEL writes it, texts in single quotes. */
function literal(value: unknown): string {
  if (typeof value !== 'string')
    return typeof value === 'number' && Number.isInteger(value) ? `${value}.0` : String(value);
  return quote(value);
}

/** The text of a syntax tree, or of one that was changed, on one line. */
export const celOf = inline;
