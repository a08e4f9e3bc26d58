'use strict';
// jose as a relying party: it is told the issuer alone, and reads its documents without a token.
const { done, run } = require('./checks');
const { createLocalJWKSet, createRemoteJWKSet, jwtVerify, decodeProtectedHeader } = require('jose');

const [endpoint, token] = process.argv.slice(2);

async function call(method, path, body) {
  const answer = await fetch(`${endpoint}${path}`, {
    method, headers: { 'X-Vault-Token': token }, body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  return answer.status === 204 ? null : answer.json();
}

async function fails(code, work) {
  try {
    await work();
  } catch (error) {
    done(error.code === code, `${code}, not ${error.code}`);
    return;
  }

  done(false, `${code} was expected`);
}

async function verify(algorithm) {
  const name = algorithm.toLowerCase();
  await call('POST', `/v1/identity/oidc/key/${name}`, { algorithm, allowed_client_ids: ['relying'] });
  await call('POST', `/v1/identity/oidc/role/${name}`, {
    key: name, client_id: 'relying', ttl: '5m', template: '{"who": {{identity.entity.name}}, "at": {{time.now}}}',
  });
  const { data } = await call('GET', `/v1/identity/oidc/token/${name}`);
  const issuer = (await call('GET', '/v1/identity/oidc/config')).data.effective_issuer;
  const discovery = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  done(discovery.issuer === issuer, 'the document names its issuer');
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
  const expected = { issuer, audience: 'relying', algorithms: discovery.id_token_signing_alg_values_supported };
  const { payload } = await jwtVerify(data.token, keys, expected);
  done(payload.who === 'jose' && Math.abs(payload.at - payload.iat) <= 1, `claims of ${algorithm}`);
  await fails('ERR_JWT_CLAIM_VALIDATION_FAILED', () => jwtVerify(data.token, keys, { ...expected, audience: 'other' }));
  await fails('ERR_JWS_SIGNATURE_VERIFICATION_FAILED', () => jwtVerify(data.token.slice(0, -4) + 'AAAA', keys, expected));
  await fails('ERR_JWT_EXPIRED', () => jwtVerify(data.token, keys, { ...expected, currentDate: new Date(Date.now() + 301000) }));

  // Who keeps the keys knows the next one already, and the one before stays good.
  const kept = createLocalJWKSet(await (await fetch(discovery.jwks_uri)).json());
  await call('POST', `/v1/identity/oidc/key/${name}/rotate`);
  const next = (await call('GET', `/v1/identity/oidc/token/${name}`)).data.token;
  done(decodeProtectedHeader(next).kid !== decodeProtectedHeader(data.token).kid, 'another key signs');
  await jwtVerify(next, kept, expected);
  await jwtVerify(data.token, createLocalJWKSet(await (await fetch(discovery.jwks_uri)).json()), expected);
  done(true, 'both tokens of a rotation');
}

run(async () => {
  for (const algorithm of ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA']) {
    await verify(algorithm);
  }
});
