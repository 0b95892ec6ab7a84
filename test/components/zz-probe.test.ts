import { construct } from '../helpers/mocks';
import { webhooks, guards, objectsOf, withPods, chartOf, chartsOfGroups } from '../helpers/webhooks';
import { settingsOf } from './settings';
test('probe', async () => {
  const c = await construct(settingsOf('prod', {'platform:tenants': {team: {admins:['a']}}}));
  const out: string[] = [];
  out.push(JSON.stringify([...chartsOfGroups()]));
  for (const w of webhooks()) out.push(`WH ${w.server} ${w.name} ${JSON.stringify(w.rules.map(r=>[r.apiGroups,r.resources.slice(0,3)]))}`);
  for (const w of webhooks()) {
    const server = c.ofType(':Release').find((r) => chartOf(r) === w.server)!;
    for (const r of c.resources.filter(r=>r.custom && r!==server)) {
      const hit = objectsOf(r).flatMap(withPods).filter((o) => guards(w, o, c));
      if (!hit.length) continue;
      const state = c.waits(r, server) ? 'after' : c.waits(server, r) ? 'before' : 'PARALLEL';
      out.push(`${w.server} ${w.name} ${r.type.split(':').pop()} ${r.name} ${state} ${[...new Set(hit.map(h=>h.kind))].slice(0,4)}`);
    }
  }
  require('fs').writeFileSync('/tmp/probe/out.txt', out.join('\n'));
});
