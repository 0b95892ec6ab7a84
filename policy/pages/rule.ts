import type { Control } from '../control';

/** What a control judges, in words. */
export function judged(control: Control): string {
  if (control.scope === 'stack') return 'all objects of the stack together';
  if (control.scope === 'object')
    return `each object: ${control.match.map((each) => `\`${each}\``).join(', ')}`;
  const types = control.types.map((type) =>
    type === 'kubernetes:' ? 'any Kubernetes resource' : `\`${type}\``,
  );
  return `each resource of the program: ${types.join(', ')}`;
}

/** Where a control acts beside previews and updates, in words. */
export function admissionTwin(control: Control): string {
  if (control.scope === 'stack') return 'none: admission sees one object at a time';
  if (control.scope === 'resource') return 'none: what it reads never reaches a cluster';
  if (control.noAdmissionTwin === undefined) return 'yes, the same CEL';
  return `none: ${control.noAdmissionTwin.replace(/\.$/, '').replace(/^The /, 'the ')}`;
}
