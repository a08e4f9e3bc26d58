// What an application does with Google's library and a credentials file: no word of hoop.
const { GoogleAuth } = require('google-auth-library');

const scopes = ['https://www.googleapis.com/auth/cloud-platform'];

async function main() {
  const client = await new GoogleAuth({ keyFilename: 'google.json', scopes }).getClient();
  console.log((await client.getAccessToken()).token);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
