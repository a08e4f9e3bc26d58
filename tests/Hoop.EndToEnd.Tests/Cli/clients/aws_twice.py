"""What an application that runs for long does with AWS's library: no word of hoop. Its credentials are replaced while it runs."""

import os
import sys

try:
    import botocore.session
except ImportError as missing:
    print(f"botocore is needed: {missing}", file=sys.stderr)
    sys.exit(77)

sts = botocore.session.get_session().create_client("sts", endpoint_url=sys.argv[1])
print(sts.get_caller_identity()["Arn"])
os.replace(sys.argv[2], os.environ["HOOP_AWS_CREDENTIALS_FILE"])
print(sts.get_caller_identity()["Arn"])
