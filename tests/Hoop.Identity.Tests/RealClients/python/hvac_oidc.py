"""Every call that hvac has about identity tokens, against a running gateway: address and token come as arguments."""
from hvac.exceptions import Forbidden, InvalidRequest

import checks
from checks import done, missing, refused

client = checks.client()
identity = client.secrets.identity

# Somebody with an entity, whose policy lets it have tokens of one role.
client.sys.create_or_update_policy("tokens", 'path "identity/oidc/token/web" { capabilities = ["read"] }')
client.auth.token.create_or_update_role("people", allowed_policies=["tokens"], allowed_entity_aliases=["ada"])
made = client.auth.token.create(role_name="people", entity_alias="ada", policies=["tokens"])
entity = made["auth"]["entity_id"]
ada = checks.client(made["auth"]["client_token"]).secrets.identity

# Configuration.
done(identity.read_tokens_backend_configuration()["data"]["issuer"] == "", "read_tokens_backend_configuration")
done(bool(identity.configure_tokens_backend(issuer="https://hoop.example.com")), "configure_tokens_backend")
done(identity.read_tokens_backend_configuration()["data"]["issuer"] == "https://hoop.example.com", "the issuer")
refused(InvalidRequest, "invalid issuer", lambda: identity.configure_tokens_backend(issuer="hoop.example.com"))

# Keys.
done(bool(identity.create_named_key(name="k", allowed_client_ids=["web"], algorithm="ES256")), "create_named_key")
key = identity.read_named_key(name="k")["data"]
done((key["rotation_period"], key["verification_ttl"], key["algorithm"]) == (86400, 86400, "ES256"), "read_named_key")
done(identity.list_named_keys()["data"]["keys"] == ["default", "k"], "list_named_keys")
done(bool(identity.rotate_named_key(name="k", verification_ttl="12h")), "rotate_named_key")
refused(InvalidRequest, "unknown signing algorithm", lambda: identity.create_named_key(name="x", algorithm="HS256"))

# Roles.
missing(lambda: identity.list_roles())
refused(InvalidRequest, "cannot find key", lambda: identity.create_or_update_role(name="web", key="none"))
refused(InvalidRequest, "cannot be longer", lambda: identity.create_or_update_role(name="web", key="k", ttl="24h"))
template = '{"who": {{identity.entity.name}}, "until": {{time.now.plus.1h}}}'
done(bool(identity.create_or_update_role(name="web", key="k", template=template, client_id="web", ttl="10m")), "create_or_update_role")
role = identity.read_role(name="web")["data"]
done((role["key"], role["client_id"], role["ttl"], role["template"]) == ("k", "web", 600, template), "read_role")
done(identity.list_roles()["data"]["keys"] == ["web"], "list_roles")
refused(InvalidRequest, "referenced by these roles: web", lambda: identity.delete_named_key(name="k"))

# Tokens.
signed = ada.generate_signed_id_token(name="web")["data"]
done((signed["client_id"], signed["ttl"], signed["token"].count(".")) == ("web", 600, 2), "generate_signed_id_token")
refused(Forbidden, "permission denied", lambda: ada.generate_signed_id_token(name="other"))
refused(Forbidden, "permission denied", lambda: ada.read_named_key(name="k"))
done(identity.introspect_signed_id_token(token=signed["token"], client_id="web") == {"active": True}, "introspect_signed_id_token")
done(identity.introspect_signed_id_token(token=signed["token"], client_id="app")["active"] is False, "another audience")
done(identity.introspect_signed_id_token(token="xxx")["active"] is False, "introspection of what is no token")
client.secrets.identity.update_entity(entity_id=entity, disabled=True)
done(identity.introspect_signed_id_token(token=signed["token"])["error"] == "entity is disabled", "introspection of a disabled entity")

# Documents; at the plain path those of the operator's organization.
well_known = identity.read_well_known_configurations()
done(well_known["jwks_uri"] == well_known["issuer"] + "/.well-known/keys", "read_well_known_configurations")
done("keys" in identity.read_active_public_keys(), "read_active_public_keys")

# And away.
done(bool(identity.delete_role(name="web")), "delete_role")
done(bool(identity.delete_named_key(name="k")), "delete_named_key")
missing(lambda: identity.read_named_key(name="k"))
missing(lambda: identity.read_role(name="web"))

checks.end()
