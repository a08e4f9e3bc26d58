"""Every call that hvac has about the identity store, against a running gateway: address and token come as arguments."""
from hvac.exceptions import InvalidRequest

import checks
from checks import done, missing, refused

client = checks.client()
identity = client.secrets.identity

# Mounts, as hvac asks for an accessor.
client.sys.enable_auth_method("github", description="people", path="github-test")
mounts = client.sys.list_auth_methods()["data"]
done("token/" in mounts and mounts["github-test/"]["type"] == "github", "list_auth_methods")
accessor = mounts["github-test/"]["accessor"]
client.sys.tune_auth_method(path="github-test", default_lease_ttl="1h", description="tuned")
done(client.sys.read_auth_method_tuning(path="github-test")["data"]["default_lease_ttl"] == 3600, "tune_auth_method")

# Entities.
missing(lambda: identity.list_entities())
first = identity.create_or_update_entity(name="hvac-entity", metadata={"k": "v"}, policies=["p1", "p2"])["data"]["id"]
done(identity.read_entity(entity_id=first)["data"]["name"] == "hvac-entity", "read_entity")
done(identity.read_entity_by_name(name="HVAC-entity")["data"]["id"] == first, "read_entity_by_name")
done(bool(identity.update_entity(entity_id=first, name="hvac-renamed", metadata={"k": "w"}, policies="p3")), "update_entity")
done(identity.read_entity(entity_id=first)["data"]["policies"] == ["p3"], "policies of update_entity")
done(bool(identity.create_or_update_entity_by_name(name="by-name", metadata={"a": "b"})), "create_or_update_entity_by_name")
done(bool(identity.create_or_update_entity_by_name(name="by-name", disabled=True)), "update by name")
second = identity.read_entity_by_name(name="by-name")["data"]["id"]
for method in ("LIST", "GET"):
    done(set(identity.list_entities(method=method)["data"]["keys"]) == {first, second}, f"list_entities {method}")
    done(set(identity.list_entities_by_name(method=method)["data"]["keys"]) == {"hvac-renamed", "by-name"}, f"names {method}")
missing(lambda: identity.read_entity(entity_id="None"))

# Aliases.
alias = identity.create_or_update_entity_alias(name="octocat", canonical_id=first, mount_accessor=accessor)["data"]["id"]
done(identity.read_entity_alias(alias_id=alias)["data"]["canonical_id"] == first, "read_entity_alias")
done(bool(identity.update_entity_alias(alias_id=alias, name="hubot", canonical_id=first, mount_accessor=accessor)), "update_entity_alias")
refused(
    InvalidRequest,
    "invalid mount accessor",
    lambda: identity.update_entity_alias(alias_id=alias, name="hubot", canonical_id=first, mount_accessor="nothing"),
)
for method in ("LIST", "GET"):
    done(identity.list_entity_aliases(method=method)["data"]["keys"] == [alias], f"list_entity_aliases {method}")

# Lookups.
done(identity.lookup_entity(name="hvac-renamed")["data"]["id"] == first, "lookup by name")
done(identity.lookup_entity(entity_id=first)["data"]["id"] == first, "lookup by id")
done(identity.lookup_entity(alias_id=alias)["data"]["id"] == first, "lookup by alias")
done(identity.lookup_entity(alias_name="HUBOT", alias_mount_accessor=accessor)["data"]["id"] == first, "lookup by factors")
done(identity.lookup_entity(name="nobody").status_code == 204, "lookup of nobody")

# Groups.
group = identity.create_or_update_group(
    name="hvac-group", group_type="internal", metadata={"k": "v"}, policies=["g"], member_entity_ids=[first]
)["data"]["id"]
done(identity.read_group(group_id=group)["data"]["member_entity_ids"] == [first], "read_group")
done(identity.read_group_by_name(name="hvac-group")["data"]["id"] == group, "read_group_by_name")
# Members that are not named hvac sends as null, which clears them, as in Vault.
done(
    identity.update_group(group_id=group, name="hvac-group2", policies=["h"], member_entity_ids=[first]).status_code == 204,
    "update_group",
)
refused(
    InvalidRequest, "group type cannot be changed", lambda: identity.update_group(group_id=group, name="x", group_type="external")
)
done(bool(identity.create_or_update_group_by_name(name="outer", member_group_ids=[group])), "create_or_update_group_by_name")
for method in ("LIST", "GET"):
    done(group in identity.list_groups(method=method)["data"]["keys"], f"list_groups {method}")
    done("outer" in identity.list_groups_by_name(method=method)["data"]["keys"], f"list_groups_by_name {method}")
done(identity.lookup_group(name="outer")["data"]["member_group_ids"] == [group], "lookup_group")
done(len(identity.read_entity(entity_id=first)["data"]["group_ids"]) == 2, "groups of the entity")

# Group aliases.
external = identity.create_or_update_group(name="external", group_type="external", policies=["e"])["data"]["id"]
group_alias = identity.create_or_update_group_alias(name="admins", mount_accessor=accessor, canonical_id=external)["data"]["id"]
done(identity.read_group_alias(alias_id=group_alias)["data"]["name"] == "admins", "read_group_alias")
done(
    bool(identity.update_group_alias(entity_id=group_alias, name="chiefs", mount_accessor=accessor, canonical_id=external)),
    "update_group_alias",
)
done(identity.list_group_aliases(method="LIST")["data"]["keys"] == [group_alias], "list_group_aliases")
done(bool(identity.delete_group_alias(entity_id=group_alias)), "delete_group_alias")

# Merge, and what is left.
done(identity.merge_entities(from_entity_ids=[first], to_entity_id=second).status_code == 204, "merge_entities")
missing(lambda: identity.read_entity(entity_id=first))
done(identity.read_entity_alias(alias_id=alias)["data"]["canonical_id"] == second, "the alias moved")
done(bool(identity.delete_entity_alias(alias_id=alias)), "delete_entity_alias")
done(bool(identity.delete_group(group_id=group)) and bool(identity.delete_group_by_name(name="outer")), "delete_group")
done(bool(identity.delete_group(group_id=external)), "delete_group external")
done(bool(identity.delete_entity_by_name(name="by-name")) and bool(identity.delete_entity(entity_id=second)), "delete_entity")
missing(lambda: identity.list_entities())
missing(lambda: identity.list_groups())
client.sys.disable_auth_method("github-test")
checks.end()
