namespace Hoop.Identity.AclPolicies;

/// <summary>The policy <c>default</c>, which every organization has, until it is written anew.</summary>
internal static class DefaultPolicy
{
    public const string Name = "default";

    public const string Text = """
        # What a token may do to itself.
        path "auth/token/lookup-self" {
          capabilities = ["read", "update"]
        }
        path "auth/token/renew-self" {
          capabilities = ["update"]
        }
        path "auth/token/revoke-self" {
          capabilities = ["update"]
        }

        # What it may do at a path.
        path "sys/capabilities-self" {
          capabilities = ["update"]
        }

        # Its own entity.
        path "identity/entity/id/{{identity.entity.id}}" {
          capabilities = ["read"]
        }
        path "identity/entity/name/{{identity.entity.name}}" {
          capabilities = ["read"]
        }

        # What clients ask before anything else.
        path "sys/internal/ui/mounts" {
          capabilities = ["read"]
        }
        path "sys/internal/ui/mounts/*" {
          capabilities = ["read"]
        }

        """;
}
