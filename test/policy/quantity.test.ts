import { compile } from '../../policy/cel';
import type { ObjectControl } from '../../policy/control';
import { OBJECT_CONTROLS } from '../../policy/catalogue';
import { Quantity } from '../../policy/quantity';
import { pod } from '../../policy/samples';
import { Subject } from '../../policy/subject';

/** What an expression gives: true, false, or what is wrong with it. */
function evaluate(expression: string): boolean | string {
  const control: ObjectControl = { ...OBJECT_CONTROLS[0]!, expression };
  const verdict = compile(control)(new Subject(pod()));
  if (verdict.kind === 'broken') return verdict.message;
  return verdict.kind === 'allowed';
}

// The examples of kube-apiserver's own documentation, and what its parser gives for the rest.
it.each([
  "isQuantity('1.3G')",
  "isQuantity('1.3Gi')",
  "isQuantity('1e3')",
  "isQuantity('.5')",
  "isQuantity('5.')",
  "quantity('1Ki').asInteger() == 1024 && quantity('1Mi').asInteger() == 1048576",
  "quantity('1Gi') == quantity('1024Mi') && quantity('1Ti') == quantity('1024Gi')",
  "quantity('1Pi') == quantity('1024Ti') && quantity('1Ei') == quantity('1024Pi')",
  "quantity('1k') == quantity('1e3') && quantity('1M') == quantity('1E6') && quantity('1G') == quantity('1e+9')",
  "quantity('1T') == quantity('1e12') && quantity('1P') == quantity('1e15') && quantity('1E') == quantity('1e18')",
  "quantity('1000n') == quantity('1u') && quantity('1000u') == quantity('1m')",
  "isQuantity('-1')",
  "!isQuantity('')",
  "!isQuantity('1,3G')",
  "!isQuantity('200K')",
  "!isQuantity('Three')",
  "!isQuantity('1 Gi')",
  "!isQuantity('1mi')",
  "!isQuantity('Pi')",
  "quantity('50000000G').isInteger()",
  "quantity('50k').asInteger() == 50000",
  "!quantity('9999999999999999999999999999999999999G').isInteger()",
  // Not reduced first: to kube-apiserver this is no integer.
  "!quantity('1000m').isInteger()",
  "quantity('50k').add(quantity('20k')) == quantity('70k')",
  "quantity('50k').add(20) == quantity('50020')",
  "quantity('50k').sub(20000) == quantity('30k')",
  "quantity('50k').add(20).sub(quantity('100k')).sub(-50000) == quantity('20')",
  "quantity('50k').sub(20000).asApproximateFloat() == 30000.0",
  "quantity('500m').asApproximateFloat() == 0.5",
  "quantity('200M').compareTo(quantity('0.2G')) == 0",
  "quantity('50M').compareTo(quantity('50Mi')) == -1",
  "quantity('50Mi').compareTo(quantity('50M')) == 1",
  "quantity('150Mi').isGreaterThan(quantity('100Mi'))",
  "!quantity('50Mi').isGreaterThan(quantity('50Mi'))",
  "quantity('50M').isLessThan(quantity('100M'))",
  "quantity('1000m') == quantity('1') && quantity('1000m') == quantity('1e0')",
  "quantity('1n').isGreaterThan(quantity('0'))",
  // Less than the smallest unit is that unit.
  "quantity('0.1n') == quantity('1n') && quantity('1e-12') == quantity('1n')",
  "quantity('100Ei') == quantity('9223372036854775807')",
  "quantity('100E').isGreaterThan(quantity('100Ei'))",
  "quantity('0.1').add(quantity('0.2')) == quantity('300m')",
  "sign(quantity('-1k')) == -1 && sign(quantity('0Mi')) == 0 && sign(quantity('1u')) == 1",
  "[dyn('1Gi')].all(q, quantity(q).isLessThan(quantity('2Gi')))",
])('%s', (expression) => {
  expect(evaluate(expression)).toBe(true);
});

it.each([
  "quantity('1K') == quantity('1')",
  "quantity('500m').asInteger() == 0",
  "quantity('1e9999999').isInteger()",
])('fails: %s', (expression) => {
  expect(evaluate(expression)).toMatch(/could not be evaluated/);
});

it('a sum beyond 64 bits stays exact', () => {
  const sum = Quantity.parse('9223372036854775807').add(Quantity.of(1n));
  expect(sum.compareTo(Quantity.parse('9223372036854775808'))).toBe(0);
  expect(sum.asInteger()).toBeUndefined();
});
