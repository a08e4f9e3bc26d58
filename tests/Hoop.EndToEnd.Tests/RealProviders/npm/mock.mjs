// Another provider (npm: oauth2-mock-server) for the tests. Prints its address when it listens.
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
server.service.on('beforeTokenSigning', (token) => {
  if (token.payload.aud === undefined) {
    token.payload.aud = process.env.TEST_AUDIENCE;
    token.payload.client_id = 'hoop-cli';
  }
});
await server.start(0, '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${server.address().port}`;
console.log(`listening ${server.issuer.url}`);
process.stdin.on('end', () => process.exit(0)).resume();
