'use strict';
// Signing in with a JWT by node-vault, against a running gateway: address, admin's token, organization, JWKS URL, issuer, a JWT, another's.
const { done, refused, run } = require('./checks');
const make = require('node-vault');

const [endpoint, token, namespace, jwksUrl, issuer, good, foreign] = process.argv.slice(2);
const vault = make({ endpoint, token });
const stranger = () => make({ endpoint, namespace });

run(async () => {
  await vault.enableAuth({ mount_point: 'ci', type: 'jwt' });
  await vault.write('auth/ci/config', { jwks_url: jwksUrl, bound_issuer: issuer });
  await vault.write('auth/ci/role/dev', {
    role_type: 'jwt', user_claim: 'sub', bound_audiences: ['https://hoop.test'], token_policies: ['dev'], token_ttl: '10m',
  });
  done((await vault.list('auth/ci/role')).data.keys[0] === 'dev', 'list');
  done((await vault.read('auth/ci/role/dev')).data.token_ttl === 600, 'read');

  const someone = stranger();
  const { auth } = await someone.write('auth/ci/login', { role: 'dev', jwt: good });
  done(auth.policies.includes('dev') && auth.lease_duration === 600, 'login');
  someone.token = auth.client_token;
  done((await someone.tokenLookupSelf()).data.path === 'auth/ci/login', 'tokenLookupSelf');
  done((await someone.tokenRenewSelf()).auth.lease_duration === 600, 'tokenRenewSelf');
  await refused(400, 'was not accepted', () => stranger().write('auth/ci/login', { role: 'dev', jwt: foreign }));

  await vault.disableAuth({ mount_point: 'ci' });
  await refused(403, 'permission denied', () => someone.tokenLookupSelf());
});
