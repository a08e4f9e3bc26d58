// A certified OpenID provider (npm: oidc-provider) for the tests. Prints its address when it listens.
// PUT /__rotate gives it a new signing key; the one before stays in the key set.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { Provider } from 'oidc-provider';

const audience = process.env.TEST_AUDIENCE;
const accessTokenSeconds = Number(process.env.TEST_ACCESS_TOKEN_SECONDS ?? 3600);
const keys = [];

function addKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  keys.unshift({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' });
}

function make(issuer) {
  return new Provider(issuer, {
    jwks: { keys: keys.map((key) => ({ ...key })) },
    cookies: { keys: ['for tests only'] },
    clients: [
      {
        client_id: 'hoop-cli',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
      },
      {
        client_id: 'robot',
        client_secret: 'robot-secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ['openid', 'offline_access', 'email', 'profile'],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: {
      AccessToken: accessTokenSeconds, AuthorizationCode: 60, ClientCredentials: accessTokenSeconds, DeviceCode: 600, Grant: 86400,
      IdToken: 3600, Interaction: 3600, RefreshToken: 86400, Session: 86400,
    },
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: 'openid', audience, accessTokenTTL: accessTokenSeconds,
          ...(process.env.TEST_OPAQUE ? { accessTokenFormat: 'opaque' } : { accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
        }),
      },
    },
    findAccount: (ctx, id) => ({
      accountId: id,
      claims: () => ({
        sub: id, name: `Person ${id}`, email: `${id}@example.com`, email_verified: true, groups: id.startsWith('admin') ? ['admin'] : ['staff'],
      }),
    }),
  });
}

addKey();
let provider;
const server = createServer((request, response) => {
  if (request.url === '/__rotate' && request.method === 'PUT') {
    addKey();
    provider = make(provider.issuer);
    response.end(keys[0].kid);
    return;
  }
  provider.callback()(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  provider = make(issuer);
  console.log(`listening ${issuer}`);
});
process.stdin.on('end', () => process.exit(0)).resume();
