using System.Text.Json.Nodes;
using Hoop.Testing;

namespace Hoop.Architecture.Tests.Revocation;

/// <param name="Command">Module and slice.</param>
/// <param name="What">The credential, and what is taken from it.</param>
/// <param name="Prepare">Gives access; answers the credential and the call that takes it away.</param>
internal sealed record Revocation(string Command, string What, Func<World, Task<(string Credential, Func<Task> Revoke)>> Prepare)
{
    public string Name => $"{Command}, {What}";
}

/// <summary>The table of all commands. Each has a row here, or a reason below.</summary>
internal static class Revocations
{
    public static readonly IReadOnlyList<Revocation> All =
    [
        new("Identity.DeleteApiToken", "an API token", async world =>
        {
            var (id, token) = await world.ApiToken();
            return (token, world.Call(HttpMethod.Delete, $"/api/api-tokens/{id}"));
        }),
        new("Identity.DeleteApiToken", "a Vault token that was made with it", async world =>
        {
            var made = await world.Made("/api/api-tokens", new { name = world.Fresh("maker"), groups = new[] { "admin" } });
            return ((await world.VaultToken(made.Text("token"))).Token, world.Call(HttpMethod.Delete, $"/api/api-tokens/{made.Text("id")}"));
        }),
        new("Identity.RevokeToken", "a Vault token", async world =>
        {
            var (accessor, token) = await world.VaultToken();
            return (token, world.Call(HttpMethod.Post, "/v1/auth/token/revoke-accessor", new { accessor }));
        }),
        new("Identity.RevokeToken", "the child of a Vault token", async world =>
        {
            var parent = await world.VaultToken();
            return ((await world.VaultToken(parent.Token)).Token, world.Call(
                HttpMethod.Post, "/v1/auth/token/revoke-accessor", new { accessor = parent.Accessor }));
        }),
        new("Identity.UpdateOrganization", "the name that an admin acts under", async world =>
        {
            var made = await world.Made("/api/orgs", new { name = world.Fresh("org") });
            return (made.Text("admin_token")!,
                world.Call(HttpMethod.Patch, $"/api/orgs/{made.Text("id")}", new { name = world.Fresh("renamed") }));
        }),
        new("Identity.DeleteOrganization", "an admin of the organization", async world =>
        {
            var made = await world.Made("/api/orgs", new { name = world.Fresh("org") });
            return (made.Text("admin_token")!, world.Call(HttpMethod.Delete, $"/api/orgs/{made.Text("id")}?cascade=true"));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "an access token, by the account's status", async world =>
        {
            var (subject, token) = await world.Account();
            return (token,
                world.Call(HttpMethod.Put, $"/api/serviceaccounts/{subject}", new { status = "inactive", groups = new[] { "staff" } }));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "an access token, by the account's groups", async world =>
        {
            var (subject, token) = await world.Account();
            return (token,
                world.Call(HttpMethod.Put, $"/api/serviceaccounts/{subject}", new { status = "active", groups = Array.Empty<string>() }));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "a Vault token that the account made, by its status", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return ((await world.VaultToken(token)).Token,
                world.Call(HttpMethod.Put, $"/api/serviceaccounts/{subject}", new { status = "inactive", groups = new[] { "admin" } }));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "a Vault token that the account made, by its groups", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return ((await world.VaultToken(token)).Token,
                world.Call(HttpMethod.Put, $"/api/serviceaccounts/{subject}", new { status = "active", groups = new[] { "staff" } }));
        }),
        new("ServiceAccounts.DeleteServiceAccount", "the child of a Vault token that the account made", async world =>
        {
            var (subject, token) = await world.Account("admin");
            var made = await world.VaultToken(token);
            return ((await world.VaultToken(made.Token)).Token, world.Call(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));
        }),
        new("Spiffe.DeleteMapping", "a Vault token that a workload made", async world =>
        {
            var workload = await world.Workload("admin");
            return ((await world.VaultToken(workload.Svid)).Token,
                world.Call(HttpMethod.Delete, $"/api/spiffe-mappings/{workload.MappingId}"));
        }),
        new("Spiffe.UpdateMapping", "a Vault token that a workload made", async world =>
        {
            var workload = await world.Workload("admin");
            var mapping = new
            {
                trust_domain = workload.TrustDomain,
                spiffe_prefix = $"spiffe://{workload.TrustDomain}/",
                agent_id = workload.AgentId,
            };
            return ((await world.VaultToken(workload.Svid)).Token,
                world.Call(HttpMethod.Put, $"/api/spiffe-mappings/{workload.MappingId}", mapping));
        }),
        new("Spiffe.DeleteAgent", "a Vault token that a workload made", async world =>
        {
            var workload = await world.Workload("admin");
            return ((await world.VaultToken(workload.Svid)).Token,
                world.Call(HttpMethod.Delete, $"/api/agents/{workload.AgentId}?cascade=true"));
        }),
        new("Spiffe.DeleteTrustDomain", "a Vault token that a workload made", async world =>
        {
            var workload = await world.Workload("admin");
            return ((await world.VaultToken(workload.Svid)).Token,
                world.Call(HttpMethod.Delete, $"/api/trust-domains/{workload.TrustDomainId}"));
        }),
        new("Identity.DisableMount", "a token that it gave out", async world =>
        {
            var login = await world.Login("ada", "builders");
            return (login.Token, world.Call(HttpMethod.Delete, $"/v1/sys/auth/{login.Mount}"));
        }),
        new("Identity.SetEntity", "a token that a mount gave out, by its entity", async world =>
        {
            var login = await world.Login("ada", "builders");
            return (login.Token, world.Call(HttpMethod.Post, $"/v1/identity/entity/id/{login.EntityId}", new { disabled = true }));
        }),
        new("Identity.SetAlias", "a token that a mount gave out, by its alias", async world =>
        {
            var login = await world.Login("ada", "builders");
            var alias = (await world.Admin.Get($"/v1/identity/entity/id/{login.EntityId}"))["data"].GetProperty("aliases")[0];
            var expired = new { expires_at = "2020-01-01T00:00:00Z" };
            return (login.Token, world.Call(
                HttpMethod.Post, $"/v1/identity/entity-alias/id/{alias.GetProperty("id").GetString()}", expired));
        }),
        new("Identity.Login", "the policies of an external group, by a sign-in that tells of none", async world =>
        {
            var login = await world.Login("ada", "builders");
            return (login.Token, async () => await world.SignInAt(login.Mount, "ada"));
        }),
        new("Identity.SetEntity", "a Vault token whose maker's entity is disabled", async world =>
        {
            var known = await world.Entity(["admin"], "some");
            return ((await world.VaultToken(known.Token)).Token,
                world.Call(HttpMethod.Post, $"/v1/identity/entity/id/{known.EntityId}", new { disabled = true }));
        }),
        new("ServiceAccounts.DeleteServiceAccount", "an access token", async world =>
        {
            var (subject, token) = await world.Account();
            return (token, world.Call(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));
        }),
        new("ServiceAccounts.DeleteRule", "an access token that it gave an account", async world =>
        {
            var (id, _, token) = await world.Rule();
            return (token, world.Call(HttpMethod.Delete, $"/api/serviceaccounts/rules/{id}"));
        }),
        new("ServiceAccounts.UpdateRule", "an access token, by another condition", async world =>
        {
            var (id, rule, token) = await world.Rule();
            rule["conditions"]![0]!["equals"] = "another";
            return (token, world.Call(HttpMethod.Put, $"/api/serviceaccounts/rules/{id}", rule));
        }),
        new("ServiceAccounts.CreateRule", "an access token, by a stronger rule with other groups", async world =>
        {
            var (_, rule, token) = await world.Rule();
            (rule["name"], rule["priority"], rule["groups"]) = (world.Fresh("stronger"), 9, new JsonArray("others"));
            return (token, world.Call(HttpMethod.Post, "/api/serviceaccounts/rules", rule));
        }),
        new("ServiceAccounts.CreateServiceAccount", "a token of a rule, by an inactive account of its name", async world =>
        {
            var (_, rule, token) = await world.Rule();
            var (issuer, subject) = ((string)rule["issuer"]!, (string)rule["conditions"]![0]!["equals"]!);
            return (token, world.Call(HttpMethod.Post, "/api/serviceaccounts", new { issuer, subject, status = "inactive" }));
        }),
        new("ServiceAccounts.DeleteIssuer", "an access token", async world =>
        {
            var (id, _, token) = await world.IssuerOfItsOwn();
            return (token, world.Call(HttpMethod.Delete, $"/api/issuers/{id}"));
        }),
        new("ServiceAccounts.DeleteIssuer", "a Vault token that an account of it made", async world =>
        {
            var (id, _, token) = await world.IssuerOfItsOwn("admin");
            return ((await world.VaultToken(token)).Token, world.Call(HttpMethod.Delete, $"/api/issuers/{id}"));
        }),
        new("ServiceAccounts.UpdateIssuer", "an access token, by another audience", async world =>
        {
            var (id, issuer, token) = await world.IssuerOfItsOwn();
            var other = new { issuer, audiences = new[] { world.Fresh("other") }, jwks = world.KeySet };
            return (token, world.Call(HttpMethod.Put, $"/api/issuers/{id}", other));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "an API token that the account made, by its status", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return (await world.ApiTokenBy(token), world.Call(
                HttpMethod.Put, $"/api/serviceaccounts/{subject}", new { status = "inactive", groups = new[] { "admin" } }));
        }),
        new("ServiceAccounts.UpdateServiceAccount", "an API token that the account made, by an end that comes sooner", async world =>
        {
            var (subject, token) = await world.Account("admin");
            var sooner = new { status = "active", groups = new[] { "admin" }, expires_at = "2099-01-01T00:00:00Z" };
            return (await world.ApiTokenBy(token), world.Call(HttpMethod.Put, $"/api/serviceaccounts/{subject}", sooner));
        }),
        new("ServiceAccounts.DeleteServiceAccount", "an API token that the account made", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return (await world.ApiTokenBy(token), world.Call(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));
        }),
        new("ServiceAccounts.DeleteServiceAccount", "an API token that was made with the account's API token", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return (await world.ApiTokenBy(await world.ApiTokenBy(token)),
                world.Call(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));
        }),
        new("ServiceAccounts.DeleteServiceAccount", "a Vault token that was made with the account's API token", async world =>
        {
            var (subject, token) = await world.Account("admin");
            return ((await world.VaultToken(await world.ApiTokenBy(token))).Token,
                world.Call(HttpMethod.Delete, $"/api/serviceaccounts/{subject}"));
        }),
        new("ServiceAccounts.DeleteRule", "an API token that an account of it made", async world =>
        {
            var (id, _, token) = await world.Rule("admin");
            return (await world.ApiTokenBy(token), world.Call(HttpMethod.Delete, $"/api/serviceaccounts/rules/{id}"));
        }),
        new("ServiceAccounts.UpdateRule", "a Vault token that an account of it made, by its groups", async world =>
        {
            var (id, rule, token) = await world.Rule("admin");
            var made = (await world.VaultToken(token)).Token;
            rule["groups"] = new JsonArray("staff");
            return (made, world.Call(HttpMethod.Put, $"/api/serviceaccounts/rules/{id}", rule));
        }),
        new("ServiceAccounts.CreateRule", "a Vault token that an account of a weaker rule made", async world =>
        {
            var (_, rule, token) = await world.Rule("admin");
            var made = (await world.VaultToken(token)).Token;
            (rule["name"], rule["priority"], rule["groups"]) = (world.Fresh("stronger"), 9, new JsonArray("others"));
            return (made, world.Call(HttpMethod.Post, "/api/serviceaccounts/rules", rule));
        }),
        new("ServiceAccounts.CreateServiceAccount", "an API token that a rule's account of the same name made", async world =>
        {
            var (_, rule, token) = await world.Rule("admin");
            var (issuer, subject) = ((string)rule["issuer"]!, (string)rule["conditions"]![0]!["equals"]!);
            return (await world.ApiTokenBy(token),
                world.Call(HttpMethod.Post, "/api/serviceaccounts", new { issuer, subject, status = "inactive" }));
        }),
        new("ServiceAccounts.DeleteIssuer", "an API token that an account of it made", async world =>
        {
            var (id, _, token) = await world.IssuerOfItsOwn("admin");
            return (await world.ApiTokenBy(token), world.Call(HttpMethod.Delete, $"/api/issuers/{id}"));
        }),
        new("ServiceAccounts.UpdateIssuer", "a Vault token that an account of it made, by another audience", async world =>
        {
            var (id, issuer, token) = await world.IssuerOfItsOwn("admin");
            var other = new { issuer, audiences = new[] { world.Fresh("other") }, jwks = world.KeySet };
            return ((await world.VaultToken(token)).Token, world.Call(HttpMethod.Put, $"/api/issuers/{id}", other));
        }),
        new("Spiffe.DeleteMapping", "an API token that a workload made", async world =>
        {
            var workload = await world.Workload("admin");
            return (await world.ApiTokenBy(workload.Svid),
                world.Call(HttpMethod.Delete, $"/api/spiffe-mappings/{workload.MappingId}"));
        }),
        new("Identity.UpdatePerson", "an access token of a person, by its status", async world =>
        {
            var person = await world.Person();
            return (person.Token, world.Call(HttpMethod.Put, $"/api/users/{person.Id}", new { status = "inactive" }));
        }),
        new("Identity.UpdatePerson", "an API token of a person, by its status", async world =>
        {
            var token = await world.PersonalToken();
            return (token.Token, world.Call(HttpMethod.Put, $"/api/users/{token.PersonId}", new { status = "inactive" }));
        }),
        new("Identity.UpdatePerson", "a Vault token that a person made", async world =>
        {
            var person = await world.Person();
            return ((await world.VaultToken(person.Token)).Token,
                world.Call(HttpMethod.Put, $"/api/users/{person.Id}", new { status = "inactive" }));
        }),
        new("Identity.UpdatePerson", "a Vault token that was made with a person's API token", async world =>
        {
            var token = await world.PersonalToken();
            return ((await world.VaultToken(token.Token)).Token,
                world.Call(HttpMethod.Put, $"/api/users/{token.PersonId}", new { status = "inactive" }));
        }),
        new("Identity.UpdatePerson", "a Vault token that a person made, by the person's groups", async world =>
        {
            var signedIn = await world.SignIn(world.Fresh("person"), token: true, "staff");
            await world.Call(HttpMethod.Put, $"/api/users/{signedIn.Text("id")}", new { groups = new[] { "admin" } })();
            return ((await world.VaultToken(signedIn.Text("token")!)).Token,
                world.Call(HttpMethod.Put, $"/api/users/{signedIn.Text("id")}", new { groups = Array.Empty<string>() }));
        }),
        new("ServiceAccounts.SignIn", "a Vault token that a person made, by the groups that the provider tells", async world =>
        {
            var person = await world.Person();
            return ((await world.VaultToken(person.Token)).Token, () => world.SignIn(person.Subject, "staff"));
        }),
        new("Identity.UpdatePerson", "the token of a sign-in", async world =>
        {
            var signedIn = await world.SignIn(world.Fresh("person"), token: true, "staff");
            return (signedIn.Text("token")!,
                world.Call(HttpMethod.Put, $"/api/users/{signedIn.Text("id")}", new { status = "inactive" }));
        }),
        new("Identity.DeletePerson", "an access token of a person", async world =>
        {
            var person = await world.Person();
            return (person.Token, world.Call(HttpMethod.Delete, $"/api/users/{person.Id}"));
        }),
        new("Identity.DeletePerson", "an API token of a person", async world =>
        {
            var token = await world.PersonalToken();
            return (token.Token, world.Call(HttpMethod.Delete, $"/api/users/{token.PersonId}"));
        }),
        new("Identity.DeletePerson", "a Vault token that a person made", async world =>
        {
            var person = await world.Person();
            return ((await world.VaultToken(person.Token)).Token, world.Call(HttpMethod.Delete, $"/api/users/{person.Id}"));
        }),
        new("Identity.DeletePersonalToken", "an API token of a person", async world =>
        {
            var token = await world.PersonalToken();
            return (token.Token, world.Call(HttpMethod.Delete, $"/api/tokens/{token.Id}"));
        }),
        new("ServiceAccounts.SignIn", "an access token of a person, by the groups that the provider tells", async world =>
        {
            var person = await world.Person();
            return (person.Token, () => world.SignIn(person.Subject, "staff"));
        }),
        new("ServiceAccounts.SignIn", "an API token of a person, by the groups that the provider tells", async world =>
        {
            var token = await world.PersonalToken();
            return (token.Token, () => world.SignIn(token.Subject, "staff"));
        }),
        new("Spiffe.RotateAgentKey", "an agent's key", async world =>
        {
            var (id, key) = await world.Agent();
            return (key, world.Call(HttpMethod.Post, $"/api/agents/{id}/rotate-key"));
        }),
        new("Spiffe.DeleteAgent", "an agent's key", async world =>
        {
            var (id, key) = await world.Agent();
            return (key, world.Call(HttpMethod.Delete, $"/api/agents/{id}"));
        }),
        new("Spiffe.DeleteAgent", "an SVID that is mapped to it", async world =>
        {
            var workload = await world.Workload();
            return (workload.Svid, world.Call(HttpMethod.Delete, $"/api/agents/{workload.AgentId}?cascade=true"));
        }),
        new("Spiffe.DeleteMapping", "an SVID", async world =>
        {
            var workload = await world.Workload();
            return (workload.Svid, world.Call(HttpMethod.Delete, $"/api/spiffe-mappings/{workload.MappingId}"));
        }),
        new("Spiffe.UpdateMapping", "an SVID, which leads to another agent", async world =>
        {
            var (workload, other) = (await world.Workload(), await world.Agent());
            var mapping =
                new { trust_domain = workload.TrustDomain, spiffe_prefix = $"spiffe://{workload.TrustDomain}/", agent_id = other.Id };
            return (workload.Svid, world.Call(HttpMethod.Put, $"/api/spiffe-mappings/{workload.MappingId}", mapping));
        }),
        new("Spiffe.CreateMapping", "an SVID, by the exact mapping that is before the prefix", async world =>
        {
            var (workload, other) = (await world.Workload(), await world.Agent());
            var mapping =
                new { trust_domain = workload.TrustDomain, spiffe_id = $"spiffe://{workload.TrustDomain}/a/b", agent_id = other.Id };
            return (workload.Svid, world.Call(HttpMethod.Post, "/api/spiffe-mappings", mapping));
        }),
        new("Spiffe.CreateMapping", "an SVID, by the longer prefix", async world =>
        {
            var (workload, other) = (await world.Workload(), await world.Agent());
            var mapping =
                new { trust_domain = workload.TrustDomain, spiffe_prefix = $"spiffe://{workload.TrustDomain}/a/", agent_id = other.Id };
            return (workload.Svid, world.Call(HttpMethod.Post, "/api/spiffe-mappings", mapping));
        }),
        new("Spiffe.ImportMappings", "an SVID, by an exact mapping among others", async world =>
        {
            var (workload, other) = (await world.Workload(), await world.Agent());
            return (workload.Svid, world.Import($"spiffe://{workload.TrustDomain}/a/b", workload.TrustDomain, other.Id));
        }),
        new("Spiffe.DeleteTrustDomain", "an SVID", async world =>
        {
            var workload = await world.Workload();
            return (workload.Svid, world.Call(HttpMethod.Delete, $"/api/trust-domains/{workload.TrustDomainId}"));
        }),
        new("Spiffe.UpdateTrustDomain", "an SVID, by other keys", async world =>
        {
            var workload = await world.Workload();
            var keys = new { name = workload.TrustDomain, bundle_jwks = world.Spiffe.Bundle() };
            return (workload.Svid, world.Call(HttpMethod.Put, $"/api/trust-domains/{workload.TrustDomainId}", keys));
        }),
        new("Identity.SetEntity", "a token of an entity that is disabled", async world =>
        {
            var known = await world.Entity();
            return (known.Token, world.Call(HttpMethod.Post, $"/v1/identity/entity/id/{known.EntityId}", new { disabled = true }));
        }),
        new("Identity.DeleteEntity", "the entity behind a token", async world =>
        {
            var known = await world.Entity("some");
            return (known.Token, world.Call(HttpMethod.Delete, $"/v1/identity/entity/id/{known.EntityId}"));
        }),
        new("Identity.DeleteEntities", "the entity behind a token", async world =>
        {
            var known = await world.Entity("some");
            return (known.Token,
                world.Call(HttpMethod.Post, "/v1/identity/entity/batch-delete", new { entity_ids = new[] { known.EntityId } }));
        }),
        new("Identity.MergeEntities", "the entity behind a token", async world =>
        {
            var (known, other) = (await world.Entity("some"), await world.Made("/v1/identity/entity", new { name = world.Fresh("into") }));
            var merge = new
            {
                from_entity_ids = new[] { known.EntityId },
                to_entity_id = World.IdOf(other),
            };
            return (known.Token, world.Call(HttpMethod.Post, "/v1/identity/entity/merge", merge));
        }),
        new("Identity.SetAlias", "a token, which belongs to another entity", async world =>
        {
            var (known, other) = (await world.Entity("some"), await world.Made("/v1/identity/entity", new { name = world.Fresh("other") }));
            var move = new { canonical_id = World.IdOf(other) };
            return (known.Token, world.Call(HttpMethod.Post, $"/v1/identity/entity-alias/id/{known.AliasId}", move));
        }),
        new("Identity.DeleteAlias", "the entity behind a token", async world =>
        {
            var known = await world.Entity("some");
            return (known.Token, world.Call(HttpMethod.Delete, $"/v1/identity/entity-alias/id/{known.AliasId}"));
        }),
        new("Identity.SetGroup", "the policies that a token has by a group", async world =>
        {
            var (known, group) = await world.Member();
            return (known.Token, world.Call(HttpMethod.Post, $"/v1/identity/group/id/{group}", new { policies = new[] { "other" } }));
        }),
        new("Identity.DeleteGroup", "the policies that a token has by it", async world =>
        {
            var (known, group) = await world.Member();
            return (known.Token, world.Call(HttpMethod.Delete, $"/v1/identity/group/id/{group}"));
        }),
        new("Identity.ChangeMembers", "the policies that a token has by a group", async world =>
        {
            var (known, group) = await world.Member();
            return (known.Token, world.Call(
                HttpMethod.Post, $"/v1/identity/group/id/{group}/members", new { remove_entity_ids = new[] { known.EntityId } }));
        }),
        new("Identity.DeleteGroupAlias", "the policies that a token has by a group of its mount", async world =>
        {
            var known = await world.Entity();
            var group = World.IdOf(
                await world.Made("/v1/identity/group",
                    new { name = world.Fresh("external"), type = "external", policies = new[] { "of-group" } }));
            var alias = World.IdOf(await world.Made(
                "/v1/identity/group-alias", new { name = "staff", mount_accessor = known.Accessor, canonical_id = group }));
            return (known.Token, world.Call(HttpMethod.Delete, $"/v1/identity/group-alias/id/{alias}"));
        }),
        new("Identity.SetGroupAlias", "the policies that a token has by a group of its mount", async world =>
        {
            var known = await world.Entity();
            var group = World.IdOf(
                await world.Made("/v1/identity/group",
                    new { name = world.Fresh("external"), type = "external", policies = new[] { "of-group" } }));
            var alias = World.IdOf(await world.Made(
                "/v1/identity/group-alias", new { name = "staff", mount_accessor = known.Accessor, canonical_id = group }));
            return (known.Token, world.Call(
                HttpMethod.Post,
                $"/v1/identity/group-alias/id/{alias}",
                new { name = world.Fresh("others"), mount_accessor = known.Accessor, canonical_id = group }));
        }),
        new("Identity.SetPolicy", "what a token may do by it", async world =>
        {
            var (name, token) = await world.PolicyToken();
            const string Other = """path "a" { capabilities = ["read"] }""";
            return (token, world.Call(HttpMethod.Post, $"/v1/sys/policies/acl/{name}", new { policy = Other }));
        }),
        new("Identity.DeletePolicy", "what a token may do by it", async world =>
        {
            var (name, token) = await world.PolicyToken();
            return (token, world.Call(HttpMethod.Delete, $"/v1/sys/policies/acl/{name}"));
        }),
    ];

    /// <summary>Why a command cannot make anybody's remembered access wrong.</summary>
    public static readonly IReadOnlyDictionary<string, string> TakeNothingAway = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Federation.CreateConnection"] = "connections are read at each use",
        ["Federation.UpdateConnection"] = "connections are read at each use",
        ["Federation.DeleteConnection"] = "connections are read at each use",
        ["Federation.SetPolicy"] = "policies are read at each use",
        ["Federation.DeletePolicy"] = "policies are read at each use",
        ["Federation.ReleasePrincipal"] = "owners of principals are read at each use",
        ["Federation.KillSession"] = "it ends a session; its caller may open another",
        ["Identity.CreateAdminToken"] = "it gives a new credential, and absence is not remembered",
        ["Identity.CreateApiToken"] = "it gives a new credential, and absence is not remembered",
        ["Identity.CreatePersonalToken"] = "it gives a new credential, and absence is not remembered",
        ["Identity.InvitePerson"] = "absence is not remembered, and who is invited has nothing yet",
        ["Identity.CreateOrganization"] = "it gives a new credential, and absence is not remembered",
        ["Identity.CreateToken"] = "it gives a new credential, and absence is not remembered",
        ["Identity.RenewToken"] = "it prolongs, and announces so that the new end counts",
        ["Identity.SetTokenRole"] = "roles are read when a token is made",
        ["Identity.DeleteTokenRole"] = "roles are read when a token is made",
        ["Identity.EnableMount"] = "absence is not remembered",
        ["Identity.TuneMount"] = "it changes how a mount is shown",
        ["Identity.SetLoginConfig"] = "settings are read when somebody signs in; tokens that were given out stay",
        ["Identity.SetLoginRole"] = "roles are read when somebody signs in and when a token is renewed",
        ["Identity.DeleteLoginRole"] = "roles are read when somebody signs in and when a token is renewed",
        ["Identity.TidyEntities"] = "it deletes what nobody has used for days, through the same removal as DeleteEntities",
        ["Identity.SetFeatureFlag"] = "a flag is no access; that a switch counts everywhere at once is a test of its own",
        ["Identity.SetSigningKey"] = "it signs for others; no credential of this gateway rests on it",
        ["Identity.DeleteSigningKey"] = "it signs for others; that no gateway signs with it any more is a test of its own",
        ["Identity.RotateSigningKey"] = "it signs for others; that every gateway signs with the next is a test of its own",
        ["Identity.ReplaceSigningKey"] = "it signs for others; that every gateway signs with the new one is a test of its own",
        ["Identity.SetIdentityTokenRole"] = "roles are read when a token is signed",
        ["Identity.DeleteIdentityTokenRole"] = "roles are read when a token is signed",
        ["Identity.SetTokenIssuer"] = "it names the gateway to others",
        ["Identity.SetQuotas"] = "quotas bound what is made, not what is read",
        ["ServiceAccounts.CreateIssuer"] = "it lets more in, and absence is not remembered",
        ["Spiffe.CreateAgent"] = "absence is not remembered",
        ["Spiffe.CreateTrustDomain"] = "absence is not remembered; that it is known everywhere at once is a test of its own",
        ["Spiffe.SetTrustDomainName"] = "names decide who may create a trust domain",
        ["Spiffe.DeleteTrustDomainName"] = "names decide who may create a trust domain",
    };
}
