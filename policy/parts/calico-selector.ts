/** The value of a label: undefined where it is absent, `UNSURE` where nobody can tell. */
export type LabelOf = (label: string) => string | undefined | typeof UNSURE;

/** Stands for a label of which it is not known whether it is there, and with what value. */
export const UNSURE = Symbol('unsure');

type Truth = boolean | undefined;

const TOKEN =
  /\s*(&&|\|\||==|!=|[!(){},]|"[^"]*"|'[^']*'|not\s+in\b|in\b|starts\s+with\b|ends\s+with\b|contains\b|[\w./-]+)/y;

/**
 * Whether a selector of Calico's language selects what has these labels; undefined where that hangs on one that is
 * not known. https://docs.tigera.io/calico/latest/reference/resources/networkpolicy#selectors
 * @throws when the text is no selector
 */
export function calicoSelects(selector: string, labelOf: LabelOf): Truth {
  return new Parser(selector, labelOf).parse();
}

/** Recursive descent over `a || b && !c`. */
class Parser {
  private readonly tokens: string[];

  constructor(
    private readonly text: string,
    private readonly labelOf: LabelOf,
  ) {
    this.tokens = tokensOf(text);
  }

  parse(): Truth {
    const result = this.or();
    if (this.tokens.length > 0) throw this.wrong();
    return result;
  }

  private or(): Truth {
    const terms = this.list('||', () => this.and());
    return terms.includes(true) ? true : terms.includes(undefined) ? undefined : false;
  }

  private and(): Truth {
    const terms = this.list('&&', () => this.term());
    return terms.includes(false) ? false : terms.includes(undefined) ? undefined : true;
  }

  private term(): Truth {
    const token = this.next();
    if (token === '!') return not(this.term());
    if (token === '(') {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    if (this.tokens[0] === '(') return this.call(token);
    return this.comparison(token);
  }

  /** `all()`, `global()` (what is in no namespace), `has(label)`. */
  private call(name: string): Truth {
    this.expect('(');
    const label = this.tokens[0] === ')' ? undefined : this.next();
    this.expect(')');
    if (name === 'all' && label === undefined) return true;
    if (name === 'global' && label === undefined) return false;
    if (name !== 'has' || label === undefined) throw this.wrong();
    return this.test(label, (value) => value !== undefined);
  }

  private comparison(label: string): Truth {
    const operator = this.next().replace(/\s+/, ' ');
    if (operator === 'in') return this.among(label);
    if (operator === 'not in') return not(this.among(label));
    const operand = this.literal();
    switch (operator) {
      case '==':
        return this.test(label, (value) => value === operand);
      case '!=':
        return this.test(label, (value) => value !== operand);
      case 'contains':
        return this.test(label, (value) => value?.includes(operand) ?? false);
      case 'starts with':
        return this.test(label, (value) => value?.startsWith(operand) ?? false);
      case 'ends with':
        return this.test(label, (value) => value?.endsWith(operand) ?? false);
      default:
        throw this.wrong();
    }
  }

  private among(label: string): Truth {
    this.expect('{');
    const values = this.tokens[0] === '}' ? [] : this.list(',', () => this.literal());
    this.expect('}');
    return this.test(label, (value) => value !== undefined && values.includes(value));
  }

  private test(label: string, holds: (value: string | undefined) => boolean): Truth {
    const value = this.labelOf(label);
    return value === UNSURE ? undefined : holds(value);
  }

  private list<T>(separator: string, item: () => T): T[] {
    const items = [item()];
    while (this.tokens[0] === separator) {
      this.next();
      items.push(item());
    }
    return items;
  }

  private literal(): string {
    const token = this.next();
    if (!/^["']/.test(token)) throw this.wrong();
    return token.slice(1, -1);
  }

  private expect(token: string): void {
    if (this.next() !== token) throw this.wrong();
  }

  private next(): string {
    const token = this.tokens.shift();
    if (token === undefined) throw this.wrong();
    return token;
  }

  private wrong(): Error {
    return new Error(`no selector of Calico's: ${this.text}`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw new Error(`no selector of Calico's: ${text} (at character ${from})`);
    tokens.push(token);
  }
  return tokens;
}

function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}
