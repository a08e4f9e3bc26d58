"""Signing in with a JWT by hvac, against a running gateway: address, admin's token, organization, JWKS URL, issuer, a JWT, another's JWT."""
import sys

import hvac
from hvac.exceptions import InvalidRequest

import checks
from checks import done, missing, refused

_, address, token, space, jwks_url, issuer, good, foreign = sys.argv
admin = checks.client()
jwt = admin.auth.jwt
stranger = hvac.Client(url=address, namespace=space)

# The mount and its settings.
done(bool(admin.sys.enable_auth_method("jwt", path="ci")), "enable_auth_method")
missing(lambda: jwt.read_config(path="ci"))
refused(InvalidRequest, "exactly one of", lambda: jwt.configure(path="ci"))
done(bool(jwt.configure(jwks_url=jwks_url, bound_issuer=issuer, default_role="dev", jwt_supported_algs=["RS256"], path="ci")), "configure")
config = jwt.read_config(path="ci")["data"]
done((config["jwks_url"], config["bound_issuer"], config["default_role"]) == (jwks_url, issuer, "dev"), "read_config")

# Roles.
missing(lambda: jwt.list_roles(path="ci"))
refused(InvalidRequest, "at least one bound constraint", lambda: jwt.create_role("dev", "sub", [], path="ci"))
made = jwt.create_role(
    "dev", "sub", [], bound_audiences=["https://hoop.test"], bound_claims={"team": ["blue", "red"]}, claim_mappings={"email": "mail"},
    groups_claim="groups", token_policies=["dev"], token_ttl="1h", token_max_ttl="2h", path="ci")
done(bool(made), "create_role")
role = jwt.read_role("dev", path="ci")["data"]
done((role["user_claim"], role["bound_claims"], role["token_ttl"]) == ("sub", {"team": ["blue", "red"]}, 3600), "read_role")
done(jwt.list_roles(path="ci")["data"]["keys"] == ["dev"], "list_roles")

# Signing in, as nobody.
auth = stranger.auth.jwt.jwt_login("dev", good, path="ci")["auth"]
done(auth["metadata"] == {"role": "dev", "mail": "ada@example.com"} and "dev" in auth["policies"], "jwt_login")
done(stranger.token == auth["client_token"] and stranger.is_authenticated(), "the client has its token")
done(stranger.lookup_token()["data"]["entity_id"] == auth["entity_id"], "the token is the entity's")
done(stranger.auth.token.renew_self()["auth"]["lease_duration"] == 3600, "renew_self")
refused(InvalidRequest, "was not accepted", lambda: hvac.Client(url=address, namespace=space).auth.jwt.jwt_login("dev", foreign, path="ci"))
refused(InvalidRequest, "was not accepted", lambda: hvac.Client(url=address, namespace=space).auth.jwt.jwt_login("none", good, path="ci"))

# And away: the token lives on without its role, and ends with its mount.
done(bool(jwt.delete_role("dev", path="ci")), "delete_role")
missing(lambda: jwt.read_role("dev", path="ci"))
refused(InvalidRequest, "does not exist during renewal", lambda: stranger.auth.token.renew_self())
done(stranger.is_authenticated(), "the token lives on")
done(bool(admin.sys.disable_auth_method("ci")), "disable_auth_method")
done(not stranger.is_authenticated(), "the token ended with the mount")

checks.end()
