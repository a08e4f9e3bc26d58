'use strict';
// node-vault against a running gateway: address and token come as arguments.
const { done, refused, run, until } = require('./checks');
const make = require('node-vault');

const [endpoint, token] = process.argv.slice(2);
const vault = make({ endpoint, token });
const held = (other) => make({ endpoint, token: other });
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

async function state() {
  done((await vault.status()).sealed === false, 'status');
  done((await vault.initialized()).initialized === true, 'initialized');
  done((await vault.health()).initialized === true, 'health');
  done((await vault.leader()).is_self === true, 'leader');
  done('identity/' in (await vault.mounts()), 'mounts');
}

async function policies() {
  const rules = 'path "identity/*" { capabilities = ["read", "list"] }';
  await vault.addPolicy({ name: 'reader', rules });
  done((await vault.getPolicy({ name: 'reader' })).rules === rules, 'getPolicy');
  done((await vault.policies()).policies.includes('reader'), 'policies');
  await vault.addPolicy({ name: 'gone', policy: rules });
  await vault.removePolicy({ name: 'gone' });
  await refused(404, 'Status 404', () => vault.getPolicy({ name: 'gone' }));
  await refused(400, 'line 1', () => vault.addPolicy({ name: 'bad', policy: 'path "a" { capabilities = ["reed"] }' }));
}

async function mounts() {
  await vault.enableAuth({ mount_point: 'people', type: 'userpass', description: 'all' });
  const table = await vault.auths();
  done(table['people/'].description === 'all' && table.data['token/'].type === 'token', 'auths');
  return table['people/'].accessor;
}

async function store(accessor) {
  await refused(404, 'Status 404', () => vault.list('identity/entity/id'));
  const made = await vault.write('identity/entity', { name: 'node', metadata: { k: 'v' }, policies: ['a', 'b'] });
  const id = made.data.id;
  done(made.data.name === 'node' && made.lease_id === '' && made.wrap_info === null, 'write');
  done((await vault.read('identity/entity/name/NODE')).data.id === id, 'read by name');
  done(same((await vault.list('identity/entity/id')).data.keys, [id]), 'list');
  const plain = make({ endpoint, token, noCustomHTTPVerbs: true });
  done(same((await plain.list('identity/entity/name')).data.keys, ['node']), 'list without a verb of its own');
  done((await vault.write(`identity/entity/id/${id}`, { metadata: {} })).data.id === id, 'write of a change');
  done(same((await vault.read(`identity/entity/id/${id}`)).data.metadata, {}), 'an empty map clears');
  await refused(405, 'unsupported operation', () => vault.update(`identity/entity/id/${id}`, { name: 'patched' }));
  await refused(404, 'unsupported path', () => vault.read('identity/nowhere'));
  const alias = await vault.write('identity/entity-alias', { name: 'octocat', canonical_id: id, mount_accessor: accessor });
  done((await vault.write('identity/lookup/entity', { alias_id: alias.data.id })).data.id === id, 'lookup');
  done((await vault.write('identity/lookup/entity', { name: 'nobody' })) === '', 'a lookup of nobody has no body');
  const group = (await vault.write('identity/group', { name: 'team', member_entity_ids: [id], policies: 'g' })).data.id;
  done(same((await vault.read(`identity/entity/id/${id}`)).data.direct_group_ids, [group]), 'groups of the entity');
  const other = (await vault.write('identity/entity', { name: 'survivor' })).data.id;
  await vault.write('identity/entity/merge', { from_entity_ids: [id], to_entity_id: other });
  done((await vault.read(`identity/entity-alias/id/${alias.data.id}`)).data.canonical_id === other, 'merge');
  await vault.delete(`identity/group/id/${group}`);
  await vault.delete(`identity/entity/name/survivor`);
  await refused(404, 'Status 404', () => vault.list('identity/group/name'));
  await vault.disableAuth({ mount_point: 'people' });
  await refused(400, 'No auth engine', () => vault.read('sys/auth/people'));
}

async function tokens() {
  // The client takes what it made or renewed as its own token, so each of these calls has a client of its own.
  const asAdmin = () => held(token);
  const made = (await asAdmin().tokenCreate({ policies: ['reader'], ttl: '1h', meta: { a: 'b' } })).auth;
  done(made.lease_duration === 3600 && same(made.token_policies, ['default', 'reader']), 'what tokenCreate tells');
  done((await held(made.client_token).tokenLookupSelf()).data.accessor === made.accessor, 'tokenLookupSelf');
  done((await vault.tokenLookup({ token: made.client_token })).data.meta.a === 'b', 'tokenLookup');
  done((await vault.tokenLookupAccessor({ accessor: made.accessor })).data.id === '', 'tokenLookupAccessor');
  done((await vault.tokenAccessors()).data.keys.includes(made.accessor), 'tokenAccessors');
  done((await held(made.client_token).tokenRenewSelf({ increment: '5m' })).auth.lease_duration === 300, 'tokenRenewSelf');
  done((await asAdmin().tokenRenew({ token: made.client_token, increment: 120 })).auth.lease_duration === 120, 'tokenRenew');
  await refused(403, 'permission denied', () => held(made.client_token).write('identity/entity', { name: 'refused' }));
  await vault.tokenRevokeAccessor({ accessor: made.accessor });
  await refused(403, 'permission denied', () => held(made.client_token).tokenLookupSelf());

  const orphan = (await asAdmin().tokenCreateOrphan({ policies: ['reader'] })).auth;
  done(orphan.orphan === true, 'tokenCreateOrphan');
  await vault.tokenRevokeOrphan({ token: orphan.client_token });
  await vault.addTokenRole({ role_name: 'job', allowed_policies: 'reader', orphan: true });
  done(same((await vault.getTokenRole({ role_name: 'job' })).data.allowed_policies, ['reader']), 'getTokenRole');
  done(same((await vault.tokenRoles()).data.keys, ['job']), 'tokenRoles');
  const job = (await asAdmin().tokenCreateRole({ role_name: 'job' })).auth;
  done(job.orphan === true && job.token_policies.includes('reader'), 'tokenCreateRole');
  await held(job.client_token).tokenRevokeSelf();
  await vault.tokenRevoke({ token: (await vault.write('auth/token/create', { policies: 'reader' })).auth.client_token });
  await vault.removeTokenRole({ role_name: 'job' });
  await refused(404, 'Status 404', () => vault.getTokenRole({ role_name: 'job' }));
}

// The loop that renews by itself: the token outlives its ttl many times.
async function renewal() {
  const made = (await vault.write('auth/token/create', { policies: 'reader', period: '6s' })).auth;
  const own = held(made.client_token);
  let renewed = 0;
  const failures = [];
  own.on('token:renewed', () => { renewed += 1; });
  own.on('token:error:renew', (error) => failures.push(error));
  await own.startTokenRenewal({ renewFraction: 0.2 });
  await until('eight renewals', () => renewed >= 8 || failures.length > 0);
  done(failures.length === 0, `renewal failed: ${failures[0]}`);
  const now = (await own.tokenLookupSelf()).data;
  done(now.last_renewal_time - now.creation_time > made.lease_duration, 'the token outlived its ttl');
  own.stopTokenRenewal();
  await until('it ends when nobody renews', async () => {
    try {
      await own.tokenLookupSelf();
      return false;
    } catch (error) {
      return error.response.statusCode === 403;
    }
  });
}

run(async () => {
  await state();
  await policies();
  await store(await mounts());
  await tokens();
  await renewal();
});
