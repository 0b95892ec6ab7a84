import type { Environment } from '@marcbachmann/cel-js';

interface Unit {
  base: 2 | 10;
  exponent: number;
}

const SUFFIXES: Readonly<Record<string, Unit>> = {
  n: { base: 10, exponent: -9 },
  u: { base: 10, exponent: -6 },
  m: { base: 10, exponent: -3 },
  '': { base: 10, exponent: 0 },
  k: { base: 10, exponent: 3 },
  M: { base: 10, exponent: 6 },
  G: { base: 10, exponent: 9 },
  T: { base: 10, exponent: 12 },
  P: { base: 10, exponent: 15 },
  E: { base: 10, exponent: 18 },
  Ki: { base: 2, exponent: 10 },
  Mi: { base: 2, exponent: 20 },
  Gi: { base: 2, exponent: 30 },
  Ti: { base: 2, exponent: 40 },
  Pi: { base: 2, exponent: 50 },
  Ei: { base: 2, exponent: 60 },
};

const SYNTAX = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[+-]?\d*)$/;
/** Smallest power of ten that a quantity tells apart. */
const NANO = -9;
const MOST = 2n ** 63n - 1n;
/** Larger ones mean nothing, and would take all memory. */
const MOST_EXPONENT = 1000;

/**
 * An amount as kube-apiserver reads it: `unscaled` times ten to the power of `scale`.
 * See https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 */
export class Quantity {
  private constructor(
    readonly unscaled: bigint,
    readonly scale: number,
    /** Whether kube-apiserver holds it as a decimal of any length; such a one is no integer to it, whatever its value. */
    private readonly long: boolean,
  ) {}

  /** @throws Error when the text is no quantity */
  static parse(text: string): Quantity {
    const { sign, digits, fraction, unit } = read(text);
    const amount = BigInt(digits) * (unit.base === 2 ? 2n ** BigInt(unit.exponent) : 1n);
    const scale = (unit.base === 10 ? unit.exponent : 0) - fraction.length;
    if (isShort(digits, fraction, unit) && scale >= NANO && amount <= MOST) {
      return new Quantity(sign * amount, scale, false);
    }
    // A short one without digits is zero to kube-apiserver, and a long one no number.
    if (!/^[+-]?\.?\d/.test(text)) throw notOne(text);
    // What asks for less than the smallest unit is given that unit.
    const long =
      scale >= NANO
        ? new Quantity(amount, scale, true)
        : new Quantity(divideUp(amount, NANO - scale), NANO, true);
    const capped = unit.base === 2 && long.compareTo(Quantity.of(MOST)) > 0;
    return capped ? new Quantity(sign * MOST, 0, true) : new Quantity(sign * long.unscaled, long.scale, true);
  }

  static of(value: bigint): Quantity {
    return new Quantity(value, 0, false);
  }

  static isQuantity(text: string): boolean {
    try {
      return Quantity.parse(text) instanceof Quantity;
    } catch {
      return false;
    }
  }

  /** -1, 0 or 1, as this is less than the other, equal or greater. */
  compareTo(other: Quantity): -1 | 0 | 1 {
    return compare(this.unscaled, this.scale, other.unscaled, other.scale);
  }

  add(other: Quantity): Quantity {
    if (!this.long && !other.long) {
      if (other.unscaled === 0n) return this;
      if (this.unscaled === 0n) return other;
    }
    const scale = Math.min(this.scale, other.scale);
    const terms = [rescale(this.unscaled, this.scale, scale), rescale(other.unscaled, other.scale, scale)];
    const sum = terms.reduce((all, term) => all + term);
    const long = this.long || other.long || ![...terms, sum].every(fits);
    return new Quantity(sum, scale, long);
  }

  sub(other: Quantity): Quantity {
    return this.add(new Quantity(-other.unscaled, other.scale, other.long));
  }

  /** As a whole number of 64 bits; undefined where kube-apiserver refuses to give one. */
  asInteger(): bigint | undefined {
    if (this.long || this.scale < 0) return undefined;
    const value = rescale(this.unscaled, this.scale, 0);
    return fits(value) ? value : undefined;
  }

  asApproximateFloat(): number {
    return Number(this.unscaled) * Number(`1e${this.scale}`);
  }
}

/** Adds kube-apiserver's functions on quantities: https://kubernetes.io/docs/reference/using-api/cel/ */
export function registerQuantities(environment: Environment): Environment {
  const type = 'kubernetes.Quantity';
  return environment
    .registerType(type, Quantity)
    .registerOperator(`${type} == ${type}`, (one: Quantity, other: Quantity) => one.compareTo(other) === 0)
    .registerFunction(`quantity(string): ${type}`, (text: string) => Quantity.parse(text))
    .registerFunction('isQuantity(string): bool', (text: string) => Quantity.isQuantity(text))
    .registerFunction(`sign(${type}): int`, (one: Quantity) => BigInt(one.compareTo(Quantity.of(0n))))
    .registerFunction(`${type}.isInteger(): bool`, (one: Quantity) => one.asInteger() !== undefined)
    .registerFunction(`${type}.asInteger(): int`, (one: Quantity) => integerOf(one))
    .registerFunction(`${type}.asApproximateFloat(): double`, (one: Quantity) => one.asApproximateFloat())
    .registerFunction(`${type}.add(${type}): ${type}`, (one: Quantity, other: Quantity) => one.add(other))
    .registerFunction(`${type}.add(int): ${type}`, (one: Quantity, by: bigint) => one.add(Quantity.of(by)))
    .registerFunction(`${type}.sub(${type}): ${type}`, (one: Quantity, other: Quantity) => one.sub(other))
    .registerFunction(`${type}.sub(int): ${type}`, (one: Quantity, by: bigint) => one.sub(Quantity.of(by)))
    .registerFunction(`${type}.compareTo(${type}): int`, (one: Quantity, other: Quantity) =>
      BigInt(one.compareTo(other)),
    )
    .registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (one: Quantity, other: Quantity) => one.compareTo(other) > 0,
    )
    .registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (one: Quantity, other: Quantity) => one.compareTo(other) < 0,
    );
}

function integerOf(quantity: Quantity): bigint {
  const value = quantity.asInteger();
  if (value === undefined) throw new Error('cannot convert value to integer');
  return value;
}

/** The parts of a quantity's text; `digits` are those before and after the point. */
function read(text: string): { sign: bigint; digits: string; fraction: string; unit: Unit } {
  const [matched, sign, leading = '', fraction = '', suffix = ''] = SYNTAX.exec(text) ?? [];
  const unit = matched ? unitOf(suffix) : undefined;
  if (!unit) throw notOne(text);
  return { sign: sign === '-' ? -1n : 1n, digits: (leading || '0') + fraction, fraction, unit };
}

function notOne(text: string): Error {
  return new Error(`"${text}" is no quantity`);
}

function unitOf(suffix: string): Unit | undefined {
  const named = SUFFIXES[suffix];
  if (named) return named;
  const exponent = /^[eE]([+-]?\d+)$/.exec(suffix)?.[1];
  if (exponent === undefined || Math.abs(Number(exponent)) > MOST_EXPONENT) return undefined;
  return { base: 10, exponent: Number(exponent) };
}

/** Whether kube-apiserver takes it for a number of 64 bits; for binary units it estimates that. */
function isShort(digits: string, fraction: string, { base, exponent }: Unit): boolean {
  if (base === 10) return digits.length <= 18;
  return fraction === '' && digits.length + Math.trunc((exponent * 3) / 10) <= 14;
}

function fits(value: bigint): boolean {
  return value <= MOST && value >= -MOST - 1n;
}

function rescale(value: bigint, from: number, to: number): bigint {
  return value * 10n ** BigInt(from - to);
}

/** The amount divided by ten to the power of `by`, rounded up. */
function divideUp(amount: bigint, by: number): bigint {
  const divisor = 10n ** BigInt(by);
  return (amount + divisor - 1n) / divisor;
}

function compare(one: bigint, scale: number, other: bigint, otherScale: number): -1 | 0 | 1 {
  const common = Math.min(scale, otherScale);
  const [left, right] = [rescale(one, scale, common), rescale(other, otherScale, common)];
  return left === right ? 0 : left < right ? -1 : 1;
}
