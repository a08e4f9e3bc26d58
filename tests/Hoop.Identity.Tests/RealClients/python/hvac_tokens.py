"""Every call that hvac has about tokens, against a running gateway: address and token come as arguments."""
from hvac.exceptions import Forbidden, InvalidRequest

import checks
from checks import done, missing, refused

client = checks.client()
token = client.auth.token
done(client.is_authenticated(), "is_authenticated")
done(token.lookup_self()["data"]["policies"] == ["root"], "an admin looks like root")
client.sys.create_or_update_policy(name="reader", policy={"path": {"identity/*": {"capabilities": ["read", "list"]}}})

# Making and asking.
made = token.create(policies=["reader"], ttl="1h", meta={"job": "7"}, display_name="build", renewable=True)["auth"]
done(made["client_token"].startswith("hvs.") and made["token_policies"] == ["default", "reader"], "create")
done(made["lease_duration"] == 3600 and made["renewable"] is True and made["metadata"] == {"job": "7"}, "what create tells")
held = checks.client(made["client_token"])
done(held.is_authenticated(), "is_authenticated with the new token")
mine = held.auth.token.lookup_self()["data"]
done(mine["accessor"] == made["accessor"] and mine["display_name"] == "token-build" and mine["type"] == "service", "lookup_self")
done(token.lookup(token=made["client_token"])["data"]["id"] == made["client_token"], "lookup")
done(token.lookup_accessor(accessor=made["accessor"])["data"]["id"] == "", "lookup_accessor does not give the token away")
done(made["accessor"] in token.list_accessors()["data"]["keys"], "list_accessors")
refused(Forbidden, "bad token", lambda: token.lookup(token="hvs.nothing"))
refused(Forbidden, "invalid accessor", lambda: token.lookup_accessor(accessor="nothing"))
refused(Forbidden, "permission denied", lambda: held.secrets.identity.create_or_update_entity(name="refused"))
missing(lambda: held.secrets.identity.list_entities())

# Renewing.
done(held.auth.token.renew_self(increment="30m")["auth"]["lease_duration"] == 1800, "renew_self")
done(token.renew(token=made["client_token"], increment=600)["auth"]["lease_duration"] == 600, "renew")
done(token.renew_accessor(accessor=made["accessor"], increment="20m")["auth"]["lease_duration"] == 1200, "renew_accessor")
fixed = token.create(policies=["reader"], ttl="1h", renewable=False)["auth"]
refused(InvalidRequest, "lease is not renewable", lambda: token.renew(token=fixed["client_token"]))

# Ends: a family falls together, an orphan stays.
parent = token.create(policies=["root"], ttl="1h")["auth"]["client_token"]
child = checks.client(parent).auth.token.create(policies=["reader"])["auth"]["client_token"]
orphan = checks.client(parent).auth.token.create(policies=["reader"], no_parent=True)["auth"]
done(orphan["orphan"] is True, "no_parent")
done(token.revoke(token=parent).status_code == 204, "revoke")
done(not checks.client(child).is_authenticated(), "a child falls with its parent")
done(checks.client(orphan["client_token"]).is_authenticated(), "an orphan does not")
done(token.revoke_accessor(accessor=orphan["accessor"]).status_code == 204, "revoke_accessor")
done(not checks.client(orphan["client_token"]).is_authenticated(), "revoked by its accessor")
parent = token.create(policies=["root"], ttl="1h")["auth"]["client_token"]
child = checks.client(parent).auth.token.create(policies=["reader"])["auth"]["client_token"]
done(token.revoke_and_orphan_children(token=parent).status_code == 204, "revoke_and_orphan_children")
done(checks.client(child).is_authenticated() and not checks.client(parent).is_authenticated(), "the child stays as an orphan")
done(checks.client(child).auth.token.revoke_self().status_code == 204, "revoke_self")
done(not checks.client(child).is_authenticated(), "revoked by itself")
once = token.create(policies=["reader"], num_uses=1)["auth"]
done(once["num_uses"] == 1, "num_uses is told")
checks.client(once["client_token"]).auth.token.lookup_self()
refused(Forbidden, "", lambda: checks.client(once["client_token"]).auth.token.lookup_self())

# Roles.
missing(lambda: token.list_roles())
role = token.create_or_update_role(
    role_name="batch-job", allowed_policies="reader", orphan=True, renewable=False, path_suffix="jobs"
)
done(role.status_code == 204, "create_or_update_role")
stored = token.read_role(role_name="batch-job")["data"]
done(stored["allowed_policies"] == ["reader"] and stored["orphan"] is True and stored["renewable"] is False, "read_role")
done(token.list_roles()["data"]["keys"] == ["batch-job"], "list_roles")
job = token.create(role_name="batch-job")["auth"]
done(job["orphan"] is True and "reader" in job["token_policies"] and job["renewable"] is False, "create with a role")
done("jobs" in token.lookup(token=job["client_token"])["data"]["path"], "the path of a role's token")
refused(InvalidRequest, "", lambda: token.create(role_name="batch-job", policies=["other"]))
done(token.delete_role(role_name="batch-job").status_code == 204, "delete_role")
missing(lambda: token.read_role(role_name="batch-job"))

# The older names of the same.
old = client.create_token(policies=["reader"], lease="1h")["auth"]
done(old["lease_duration"] == 3600, "create_token with a lease")
done(client.lookup_token(old["client_token"])["data"]["id"] == old["client_token"], "lookup_token")
done(client.lookup_token(old["accessor"], accessor=True)["data"]["accessor"] == old["accessor"], "lookup_token by accessor")
done(client.renew_token(old["client_token"], increment=60)["auth"]["lease_duration"] == 60, "renew_token")
client.revoke_token(old["accessor"], accessor=True)
refused(Forbidden, "", lambda: checks.client(old["client_token"]).auth.token.lookup_self())
alone = client.create_token(policies=["reader"], orphan=True, ttl="1h", explicit_max_ttl="2h")["auth"]
done(alone["orphan"] is True, "create_token orphan")
mine = checks.client(alone["client_token"])
done(mine.renew_self_token(increment=120)["auth"]["lease_duration"] == 120, "renew_self_token")
mine.revoke_self_token()
done(not mine.is_authenticated(), "revoke_self_token")
done(client.create_token_role("old", allowed_policies="reader", period="1h").status_code == 204, "create_token_role")
done(client.token_role("old")["data"]["period"] == 3600, "token_role")
done(client.list_token_roles()["data"]["keys"] == ["old"], "list_token_roles")
done(client.create_token(role="old")["auth"]["lease_duration"] == 3600, "create_token by role")
client.delete_token_role("old")
done(client.token_role("old") is None, "delete_token_role")
leaving = checks.client(client.create_token(policies=["reader"])["auth"]["client_token"])
leaving.logout(revoke_token=True)
done(leaving.token is None, "logout")
checks.end()
