// What an application that runs for long does with AWS's library: no word of hoop. Its credentials are replaced while it runs.
const fs = require('fs');
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');

async function main() {
  const sts = new STSClient({ endpoint: process.argv[2] });
  const arn = async () => (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  const before = await arn();
  console.log(before);
  fs.renameSync(process.argv[3], process.env.HOOP_AWS_CREDENTIALS_FILE);

  // In their last minutes this library renews credentials beside its calls, and the next call has the new ones.
  let after = await arn();
  for (let tries = 0; after === before && tries < 200; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    after = await arn();
  }
  console.log(after);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
