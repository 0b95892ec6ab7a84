import { describeDrift } from '../../components/operations/drift';
import type { CommandContext } from '../cli';
import { formatChanges, formatPlan, formatTable } from '../engine/display';
import { formatDrift } from '../engine/drift';
import { BusyError, describeFailure } from '../engine/errors';
import { type EventLog, isUnchanged } from '../engine/events';
import type { Operation, RunResult } from '../engine/execute';
import { formatCoverage, formatWarnings, NO_CHANGES, printFailure, printJson } from '../engine/print';
import { recordRun } from '../engine/last-run';
import { runOperation } from '../engine/session';
import type { ComponentSummary } from '../engine/summary';

/** `up`, `preview`, `refresh` and `destroy` of a stack on its embedded plane. */
export async function operate(context: CommandContext): Promise<number> {
  const startedAt = Date.now();
  const { command, stack, mirror, display } = context;
  let log: EventLog | undefined;
  let components: ComponentSummary[] = [];
  try {
    const result = await runOperation(command as Operation, stack, {
      display,
      onLog: (started) => {
        log = started;
      },
      onLeft: (left) => {
        components = left;
      },
      ...(mirror ? { mirror } : {}),
    });
    recordRun(stack, { command, result: 'succeeded', changes: result.changes });
    if (context.json) {
      const { changes, coverage, drift, outputs, overrides } = result;
      printJson(context, startedAt, {
        changes,
        components: result.components,
        outputs,
        overrides,
        ...(coverage ? { coverage } : {}),
        ...(drift ? { drift: drift.found.map(describeDrift) } : {}),
      });
    } else {
      printResult(context, result, (Date.now() - startedAt) / 1000);
    }
    return 0;
  } catch (error) {
    const changes = log?.changes ?? NO_CHANGES;
    if (!(error instanceof BusyError)) recordRun(stack, { command, result: 'failed', changes });
    printFailure(context, describeFailure(error, log), startedAt, { changes, components });
    return 1;
  }
}

function printResult({ display, stack }: CommandContext, result: RunResult, seconds: number): void {
  const { changes, command, components, coverage, drift, outputs, overrides } = result;
  const unchanged = isUnchanged(changes);
  if ((command === 'preview' || command === 'refresh') && !isUnchanged(result.log.changes))
    display.write(`\n${formatPlan(result.log.steps.values())}`);
  if (drift && drift.found.length > 0) display.write(`\n${formatDrift(drift)}`);
  if (command === 'up') display.write(`\n${formatTable(components)}`);
  if (overrides.length > 0 && (command === 'up' || command === 'preview'))
    display.write(
      [
        "\nHelm values of the stack's own, laid over the platform's:",
        ...overrides.map((path) => `  ${path}`),
      ].join('\n'),
    );
  const warnings = formatWarnings(result.log.violations.values());
  if (warnings.length > 0) display.write(['\nControls that warn (docs/policy.md):', ...warnings].join('\n'));
  if (coverage) display.write(`\n${formatCoverage(coverage)}`);
  display.write(
    `\n${command} of ${stack}: ${formatChanges(changes, command === 'preview')} (${seconds.toFixed(1)} s)`,
  );
  if (command === 'up') display.write(nextSteps(stack, outputs, unchanged));
}

function nextSteps(stack: string, outputs: Record<string, unknown>, unchanged: boolean): string {
  const option = stack === 'local' ? '' : ` STACK=${stack}`;
  const urls = Object.entries((outputs.urls ?? {}) as Record<string, string>);
  const address = typeof outputs.gatewayAddress === 'string' ? outputs.gatewayAddress : '';
  return [
    unchanged ? 'Nothing to do: the platform is as its settings say, and the smoke check passes.' : '',
    '\nTry next:',
    `  export KUBECONFIG=$(make -s kubeconfig${option})   then: kubectl get pods -A`,
    `  make up${option}         changes nothing now: it is idempotent`,
    `  make preview${option}    after an edit of Pulumi.${stack}.yaml: what would change`,
    `  make status${option}     what runs     make down${option}: stop, keep state     make clean${option}: delete all`,
    ...(urls.length > 0 ? [`\nRouted by the gateway${address ? ` at ${address}` : ''}:`] : []),
    ...urls.map(([name, url]) => `  ${name.padEnd(10)} ${url}`),
  ]
    .filter((line) => line !== '')
    .join('\n');
}
