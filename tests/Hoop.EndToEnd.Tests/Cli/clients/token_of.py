"""What an application does with Google's library and a credentials file: no word of hoop."""

import sys

# Debian's package is too old for it (2.7 brought programs as a source); Google's own command line brings a newer one along.
sys.path.append("/usr/lib/google-cloud-sdk/lib/third_party")

try:
    import google.auth.pluggable
    import google.auth.transport.urllib3
    import urllib3
except ImportError as missing:
    print(f"google-auth 2.7 or newer is needed: {missing}", file=sys.stderr)
    sys.exit(77)

# Not google.auth.default(): for a file with a pool it asks Google for the project's name, which is none of this test's affair.
credentials = google.auth.pluggable.Credentials.from_file(
    "google.json", scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(google.auth.transport.urllib3.Request(urllib3.PoolManager()))
print(credentials.token)
