'use strict';
// node-vault-client against a running gateway: it signs in with a short token, keeps it alive by itself, and reads and writes meanwhile.
const { done, refused, run, until } = require('./checks');
const VaultClient = require('node-vault-client');

const [endpoint, token] = process.argv.slice(2);
const failures = [];
let renewals = 0;
const logger = {
  error: (...parts) => failures.push(parts.join(' ')),
  warn: () => {},
  info: (text) => { if (text === 'successfully renewed token') renewals += 1; },
  debug: () => {},
  trace: () => {},
};
const client = (name, own, log) => VaultClient.boot(
  name, { api: { url: endpoint }, auth: { type: 'token', config: { token: own } }, logger: log });

run(async () => {
  const admin = client('admin', token, false);
  await admin.write('sys/policies/acl/writer', { policy: 'path "identity/*" { capabilities = ["read", "list", "update", "delete"] }' });
  const made = (await admin.write('auth/token/create', { policies: ['writer'], period: '8s' })).auth;

  const own = client('own', made.client_token, logger);
  const entity = (await own.write('identity/entity', { name: 'loop', metadata: { k: 'v' } })).data;
  const lease = await own.read('identity/entity/name/loop');
  done(lease.getValue('id') === entity.id && lease.getValue('metadata').k === 'v', 'read');
  done((await own.list('identity/entity/name')).getValue('keys')[0] === 'loop', 'list');

  // Each half of eight seconds, again and again: by the third renewal the token would have ended long ago.
  await until('three renewals', () => renewals >= 3 || failures.length > 0);
  done(failures.length === 0, `renewal failed: ${failures[0]}`);
  done((await own.read('identity/entity/name/loop')).getValue('id') === entity.id, 'it still reads');
  await admin.write('auth/token/revoke-accessor', { accessor: made.accessor });
  await refused(403, 'permission denied', () => own.read('identity/entity/name/loop'));
});
