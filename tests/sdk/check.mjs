// The platform's SDK for node: what it signs is accepted, what it accepts and refuses is what our vectors say.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import assert from 'node:assert/strict';

const require = createRequire(import.meta.url);
const { symmetric } = require('retell-sdk/lib/webhook_auth.js');
const { version } = JSON.parse(readFileSync(new URL('node_modules/retell-sdk/package.json', import.meta.url)));
const { companies } = JSON.parse(readFileSync(process.env.CALLFLOW_ENDPOINTS));
const salon = companies.haarwerk;

async function post(url, body, key) {
  const signature = await symmetric.sign(body, key);
  const headers = { 'content-type': 'application/json', 'x-retell-signature': signature };
  return fetch(url, { method: 'POST', headers, body });
}

const inbound = JSON.stringify({ event: 'call_inbound', call_inbound: { from_number: 'anonymous', to_number: '+493023125100', note: 'Grüße, ğüşiöç, السلام' } });
const answer = await post(salon.inbound, inbound, salon.signing_key);
assert.equal(answer.status, 200);
assert.equal(typeof (await answer.json()).call_inbound.dynamic_variables.today, 'string');
assert.equal((await post(salon.inbound, inbound, 'key_of_somebody_else_0123456789')).status, 401);
const event = JSON.stringify({ event: 'call_ended', call: { call_id: 'call_sdk_node', call_type: 'web_call', transcript: 'User: Schönen Gruß' } }, null, 2);
assert.equal((await post(salon.events, event, salon.signing_key)).status, 204);
const args = JSON.stringify({ name: 'check_availability', call: { call_id: 'call_sdk_node', from_number: 'anonymous', to_number: '+493023125100' }, args: { service: 'Haarschnitt', date: 'morgen' } });
const told = await post(salon.functions, args, salon.signing_key);
assert.equal(told.status, 200);
assert.equal(typeof (await told.json()).message, 'string');

const { cases } = JSON.parse(readFileSync(process.env.VECTORS));
let judged = 0;
for (const one of cases) {
  const expected = one.node_verify ?? (one.id.startsWith('signed_') ? true : undefined);
  if (expected === undefined) continue;
  const bytes = Buffer.from(one.body_base64, 'base64');
  const body = bytes.toString('utf8');
  if (!Buffer.from(body).equals(bytes)) continue; // The SDK takes text only.
  let verdict;
  try { verdict = await symmetric.verify(body, one.key, one.header ?? '', { timestamp: one.now_ms }); } catch { verdict = false; }
  assert.equal(Boolean(verdict), expected, one.id);
  judged += 1;
}
assert.ok(judged >= 2, `only ${judged} vectors`);
console.log(`retell-sdk ${version} (npm): requests accepted, ${judged} vectors judged as written`);
