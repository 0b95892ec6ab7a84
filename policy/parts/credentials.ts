import type { ParameterSchema } from '../control';

/** Parameters of every control that looks for credentials. Expressions are RE2, without look-around. */
export const CREDENTIAL_PARAMETERS = {
  names: {
    type: 'array',
    items: { type: 'string' },
    description: 'Regular expressions of how the names of credentials end, in lower case.',
    default: [
      'passw(or)?d',
      'passphrase',
      'token',
      '(access|api|encryption|private|secret|signing)[._-]?key',
      '(^|(app|client|cookie|jwt|session|shared|webhook)[._-]?)secret',
    ],
  },
  formats: {
    type: 'array',
    items: { type: 'string' },
    description: 'Regular expressions of credentials that are known by their form, whatever their name.',
    default: [
      'PRIVATE KEY-----',
      'A(KI|SI)A[A-Z0-9]{16}',
      'AIza[\\w-]{35}',
      'eyJ[\\w-]{9,}[.]eyJ[\\w-]{9,}[.]',
      'gh[pousr]_\\w{36}',
      'github_pat_\\w{22}',
      'glpat-[\\w-]{20}',
      'hooks[.]slack[.]com/services/T\\w+/',
      'sk_live_\\w{24}',
      'xox[abprs]-[\\w-]{10}',
      '://[^\\s/:@]+:[^\\s/:@$%{<]+@',
    ],
  },
} as const satisfies Record<string, ParameterSchema>;

/** What stands where a credential would: nothing, a switch, a variable, a template, a path, an address. */
const NO_CREDENTIAL = '^(true|false|([$/]|[{][{]|file:|https?://|vault:).*)?$';

/** CEL: whether a name is that of a credential. */
const isNamedSo = (name: string): string =>
  `variables.params.names.exists(n, ${name}.lowerAscii().matches(n + '$'))`;

/** CEL: whether a text has the form of a credential. */
export const hasForm = (text: string): string => `variables.params.formats.exists(f, ${text}.matches(f))`;

/** CEL: whether a text is a credential by what it is called. */
export const isCalledSo = (name: string, text: string): string =>
  `(${isNamedSo(name)} && !${text}.matches('${NO_CREDENTIAL}'))`;

/** CEL: whether one of these arguments is a credential by the name of its option: `--token=…`, or `--token …`. */
export function isPassedIn(args: string): string {
  const joined =
    `${args}.exists(a, a.matches('^--?[^=]+=') && ` +
    `${isCalledSo("a.split('=')[0]", "a.substring(a.indexOf('=') + 1)")})`;
  // An option and its value are two arguments, so they are read as two lines.
  const parted =
    `variables.params.names.exists(n, ${args}.join('\\n').lowerAscii()` +
    ".matches('(^|\\n)--?[^=\\n]*(' + n + ')\\n[^-$/{\\n]'))";
  return `(${joined} || ${parted})`;
}

/** The same for values that TypeScript reads. */
export function isCredential(
  name: string,
  text: string,
  names: readonly string[],
  formats: readonly string[],
): boolean {
  const called = names.some((end) => new RegExp(`${end}$`).test(name.toLowerCase()));
  if (called && !new RegExp(NO_CREDENTIAL).test(text)) return true;
  return formats.some((format) => new RegExp(format).test(text));
}
