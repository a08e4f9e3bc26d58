using Hoop.Federation.Connections;
using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// PUT /api/connections/{nameOrId}/federation. Creates or replaces the policy; without a credential file the stored one stays. With
/// <c>If-Match</c> it replaces only what the caller has seen.
/// </summary>
internal static class SetPolicy
{
    public static void Map(RouteGroupBuilder connections) => connections
        .MapPut("/{nameOrId}/federation", async (
            string nameOrId, PolicyBody body, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            PolicyTag.DemandOf(context.Request.Headers).Succeeded(out var demand, out var error)
                ? (await sender.Send(new Request(nameOrId, body, demand), cancellationToken)).ToTagged(context)
                : Result.Fail<PolicyView>(error).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""
            {
              "hook_source": "builtin",
              "builtin_provider": "gcp_iam",
              "identity_source_attribute": "email",
              "identity_target_template": "{user.email_local}@my-proj.iam.gserviceaccount.com",
              "fallback_policy": "deny",
              "token_ttl_seconds": 3600,
              "extra_config": { "project_id": "my-proj" }
            }
            """);

    internal sealed record Request(string NameOrId, PolicyBody Body, PolicyTag.Demand Demand) : ICommand<PolicyView>
    {
        public AuditEntry Audit(PolicyView value) => new("federation_policy", AuditAction.Update, value.ConnectionId)
        {
            Fields = new AuditFields
            {
                { "builtin_provider", value.BuiltinProvider },
                { "identity_source_attribute", value.IdentitySourceAttribute },
                { "identity_target_template", value.IdentityTargetTemplate },
                { "fallback_policy", value.FallbackPolicy },
                { "readonly_principal", value.ReadonlyPrincipal },
                { "token_ttl_seconds", value.TokenTtlSeconds },
                { "project_id", value.ExtraConfig.Text("project_id") },
                { "credentials_replaced", PolicyCredentials.Posted(Body.AdminCredentialsJson) },
            },
        };
    }

    internal sealed class Handler(
        Db db,
        FederationFlag flag,
        FindConnection findConnection,
        ProviderSet providers,
        SealingKeys keys,
        ICaller caller)
        : IRequestHandler<Request, Result<PolicyView>>
    {
        private const string LockSql = $"""
            SELECT {StoredPolicy.Columns}
            FROM federation.policies
            WHERE org_id = @OrgId AND connection_id = @ConnectionId
            FOR UPDATE
            """;

        // One statement for both cases: of two first PUTs at once, the second updates what the first made.
        private const string SetSql = $"""
            INSERT INTO federation.policies AS stored
              (id, org_id, connection_id, revision, hook_source, builtin_provider, identity_source_attribute,
                 identity_target_template, fallback_policy,
               readonly_principal, token_ttl_seconds, extra_config, credentials_key_id, credentials_sealed, credentials_revision)
            VALUES
              (@Id, @OrgId, @ConnectionId, @Revision, 'builtin', @Provider, @Source, @Template, @Fallback,
               @ReadonlyPrincipal, @TtlSeconds, @ExtraConfig::jsonb, @KeyId, @Bytes, @CredentialsRevision)
            ON CONFLICT (org_id, connection_id) DO UPDATE SET
              revision = excluded.revision, builtin_provider = excluded.builtin_provider,
              identity_source_attribute = excluded.identity_source_attribute, identity_target_template = excluded.identity_target_template,
              fallback_policy = excluded.fallback_policy, readonly_principal = excluded.readonly_principal,
              token_ttl_seconds = excluded.token_ttl_seconds, extra_config = excluded.extra_config,
              credentials_key_id = coalesce(excluded.credentials_key_id, stored.credentials_key_id),
              credentials_sealed = coalesce(excluded.credentials_sealed, stored.credentials_sealed),
              credentials_revision = coalesce(excluded.credentials_revision, stored.credentials_revision),
              updated_at = now()
            RETURNING {StoredPolicy.Columns}
            """;

        public async Task<Result<PolicyView>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!await flag.IsOn(caller.OrgId, cancellationToken))
            {
                return FederationFlag.Off;
            }

            if (await findConnection.By(caller.OrgId, request.NameOrId, cancellationToken) is not { } connection)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            if (!CheckedPolicy.From(request.Body, providers).Succeeded(out var policy, out var refused))
            {
                return refused;
            }

            var place = StoredPolicy.PlaceOf(caller.OrgId, connection.Id);
            var stored = await db.Of(caller.OrgId).Find<StoredPolicy>(LockSql, new { ConnectionId = connection.Id }, cancellationToken);
            if (request.Demand.Refuse(stored?.Revision) is { } stale)
            {
                return stale;
            }

            if (!PolicyCredentials.Keep(request.Body.AdminCredentialsJson, stored, place, keys,
                policy.Provider).Succeeded(out var credentials, out refused))
            {
                return refused;
            }

            var set = await db.Of(caller.OrgId).Find<StoredPolicy>(
                SetSql,
                new
                {
                    Id = RowId.Next(),
                    ConnectionId = connection.Id,
                    Revision = RowId.Next(),
                    Provider = policy.Provider.Name,
                    policy.Source,
                    Template = policy.Template.Text,
                    Fallback = policy.Fallback == Fallback.Readonly ? "readonly" : "deny",
                    ReadonlyPrincipal = policy.ReadonlyPrincipal?.Name,
                    TtlSeconds = (int)policy.Lifetime.TotalSeconds,
                    ExtraConfig = policy.ExtraConfig.ToJson(),
                    credentials.Value?.KeyId,
                    credentials.Value?.Bytes,
                    CredentialsRevision = credentials.Revision,
                },
                cancellationToken);
            providers.Drop(caller.OrgId, connection.Id);
            return set!.ToView(providers) with { CredentialsSha256 = PolicyCredentials.DigestOf(set, place, keys) };
        }
    }
}
