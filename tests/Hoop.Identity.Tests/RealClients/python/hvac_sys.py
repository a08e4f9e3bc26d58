"""What hvac asks for below sys/, against a running gateway: address and token come as arguments."""
from hvac.exceptions import InvalidPath, InvalidRequest

import checks
from checks import done, missing, refused

client = checks.client()
system = client.sys

# The state.
done(system.read_health_status(method="HEAD").status_code == 200, "read_health_status HEAD")
health = system.read_health_status(method="GET")
done(health["initialized"] is True and health["sealed"] is False and health["standby"] is False, "read_health_status GET")
done(system.is_initialized() is True and system.read_init_status()["initialized"] is True, "is_initialized")
done(system.is_sealed() is False and client.seal_status["sealed"] is False, "is_sealed")
done(system.read_leader_status()["is_self"] is True and client.ha_status["is_self"] is True, "read_leader_status")
done("identity/" in system.list_mounted_secrets_engines()["data"], "list_mounted_secrets_engines")

# Policies, by both paths, and in both forms.
text = 'path "identity/entity/name/{{identity.entity.name}}" { capabilities = ["read"] }'
done(system.create_or_update_policy(name="Own", policy=text).status_code == 204, "create_or_update_policy")
done(system.read_policy(name="own")["data"]["rules"] == text, "read_policy")
done({"default", "own", "root"} <= set(system.list_policies()["data"]["policies"]), "list_policies")
json = '{"path": {"a/*": {"policy": "read"}}}'
done(client.write("sys/policies/acl/json", policy=json).status_code == 204, "a policy by the newer path")
done(client.read("sys/policies/acl/json")["data"]["policy"] == json, "reading it")
done({"default", "json", "own"} <= set(client.list("sys/policies/acl")["data"]["keys"]), "listing them")
done(client.get_policy("json", parse=False) == json, "get_policy")
refused(InvalidRequest, "line 1", lambda: system.create_or_update_policy(name="bad", policy='path "a" { capabilities = ["reed"] }'))
client.delete("sys/policies/acl/json")
missing(lambda: system.read_policy(name="json"))
done(system.delete_policy(name="json").status_code == 204, "delete_policy of what is gone")

# Capabilities of the caller, of a token and of an accessor.
system.create_or_update_policy(name="reader", policy={"path": {"identity/*": {"capabilities": ["read", "list"]}}})
made = client.auth.token.create(policies=["reader"], ttl="1h")["auth"]
paths = ["identity/entity", "sys/auth"]
done(system.get_capabilities(paths=paths)["data"]["sys/auth"] == ["root"], "get_capabilities of the caller")
for asked in ({"token": made["client_token"]}, {"accessor": made["accessor"]}):
    told = system.get_capabilities(paths=paths, **asked)["data"]
    done(told["identity/entity"] == ["list", "read"] and told["sys/auth"] == ["deny"], f"get_capabilities {list(asked)}")
held = checks.client(made["client_token"])
done(held.sys.get_capabilities(paths=paths)["data"]["identity/entity"] == ["list", "read"], "get_capabilities of itself")

# Auth mounts.
done(system.enable_auth_method(method_type="userpass", path="people", description="all").status_code == 204, "enable_auth_method")
done(system.list_auth_methods()["data"]["people/"]["description"] == "all", "list_auth_methods")
refused(InvalidRequest, "path is already in use", lambda: system.enable_auth_method(method_type="userpass", path="people"))
tuned = system.tune_auth_method(path="people", max_lease_ttl="2h", listing_visibility="unauth", audit_non_hmac_request_keys=["a"])
done(tuned.status_code in (200, 204), "tune_auth_method")
done(system.read_auth_method_tuning(path="people")["data"]["max_lease_ttl"] == 7200, "read_auth_method_tuning")
done(system.disable_auth_method(path="people").status_code == 204, "disable_auth_method")
refused((InvalidRequest, InvalidPath), "", lambda: system.read_auth_method_tuning(path="people"))

# What a generic client does: read, write, list and delete by path.
done(client.write("identity/entity", name="plain", metadata={"k": "v"})["data"]["name"] == "plain", "write")
done(client.read("identity/entity/name/plain")["data"]["metadata"] == {"k": "v"}, "read")
done(client.list("identity/entity/name")["data"]["keys"] == ["plain"], "list")
client.delete("identity/entity/name/plain")
done(client.read("identity/entity/name/plain") is None, "read of what is gone")
done(client.list("identity/entity/name") is None, "list of nothing")
checks.end()
