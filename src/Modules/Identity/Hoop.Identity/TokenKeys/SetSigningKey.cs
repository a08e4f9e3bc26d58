using Hoop.Identity.AclPolicies;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// POST|PUT /v1/identity/oidc/key/{name}. Creates or changes a key; what the body leaves out stays. Another algorithm is that of the next
/// version, and rotates like <c>rotate</c>.
/// </summary>
internal static class SetSigningKey
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("name", "The key, of the path."),
        VaultField.Seconds("rotation_period", "How often another version signs: 24h when left out, one minute at least."),
        VaultField.Seconds("verification_ttl",
            "How long a version stays published after its last signature: 24h when left out, at most 10 rotation periods. No token lives longer."),
        VaultField.List("allowed_client_ids", "The audiences that it signs for; * for all, empty for none."),
        VaultField.Text("algorithm", "RS256 (when left out), RS384, RS512, ES256, ES384, ES512 or EdDSA."),
        VaultField.Seconds("publish_ahead",
            "How long the next version is published before it signs: 24h for the key default, else 0s, when left out. Use 24h where a cloud keeps the keys."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultWrite(
            "/key/{name:vault_name}",
            "SetSigningKey",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("name"), KeyChange.Read(body));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(written => written.Warnings);
            })
        .WithMetadata(new CreatesOrUpdates(async (context, caller) =>
            await context.RequestServices.GetRequiredService<SigningKeys>().Show(
                caller.OrgId, context.Request.RouteValues["name"] as string ?? "", context.RequestAborted) is not null))
        .WithBody("""{"algorithm": "ES256", "rotation_period": "168h", "verification_ttl": "24h", "publish_ahead": "24h", "allowed_client_ids": ["*"]}""")
        .Produces(StatusCodes.Status204NoContent);

    internal sealed record Request(string Name, KeyChange Change) : ICommand<Written>
    {
        public AuditEntry Audit(Written value) => new("signing_key", value.Created ? AuditAction.Create : AuditAction.Update, Name)
        {
            Fields = new AuditFields
            {
                { "algorithm", value.Result.Algorithm },
                { "rotation_period", value.Result.RotationPeriod },
                { "verification_ttl", value.Result.VerificationTtl },
                { "publish_ahead", value.Result.PublishAhead },
                { "allowed_client_ids", value.Result.AllowedClientIds },
            },
        };
    }

    internal sealed record Written(bool Created, SigningKey Result, IReadOnlyList<string>? Warnings);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            OidcName.Rule(RuleFor(request => request.Name));
            RuleFor(request => request.Change).Custom((change, context) =>
            {
                if (change.Problem is { } problem)
                {
                    context.AddFailure(problem);
                }
            });
        }
    }

    internal sealed class Handler(
        Db db, ICaller caller, SigningKeys keys, KeyVersions versions, QuotaCheck quota, TimeProvider clock)
        : IRequestHandler<Request, Result<Written>>
    {
        private const string UpdateSql = """
            UPDATE identity.oidc_keys
            SET algorithm = @Algorithm, rotation_period = @RotationPeriod, verification_ttl = @VerificationTtl,
                publish_ahead = @PublishAhead, allowed_client_ids = @AllowedClientIds, rotates_at = @RotatesAt,
                updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Written>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            var (stored, now) = (await keys.Find(caller.OrgId, request.Name, cancellationToken), clock.GetUtcNow().UtcDateTime);
            var key = request.Change.On(stored ?? SigningKey.New(request.Name, now), now);
            if (KeyChange.Misfit(key) is { } misfit)
            {
                return misfit;
            }

            if (stored is null)
            {
                if (await quota.Refuses(caller.OrgId, SigningKey.Quota, cancellationToken) is { } full)
                {
                    return full;
                }

                await keys.Add(caller.OrgId, key, cancellationToken);
                return new Written(Created: true, key, Warnings: null);
            }

            if (await keys.LongestTtl(caller.OrgId, key.Name, cancellationToken) > key.VerificationTtl)
            {
                return KeyErrors.Referenced(key.Name, key.VerificationTtl);
            }

            await db.Of(caller.OrgId).Execute(
                UpdateSql,
                new
                {
                    key.Id, key.Algorithm, key.RotationPeriod, key.VerificationTtl, key.PublishAhead, key.AllowedClientIds, key.RotatesAt,
                },
                cancellationToken);
            await versions.Keep(caller.OrgId, key.Id, key.VerificationTtl, cancellationToken);
            if (key.Algorithm == stored.Algorithm)
            {
                return new Written(Created: false, key, Warnings: null);
            }

            var mute = await keys.RolesWithoutTokens(caller.OrgId, key, cancellationToken);
            return (await keys.Rotate(caller.OrgId, key, key.VerificationTtl, cancellationToken)).Select(
                rotated => new Written(Created: false, key, Rotation.WarningsOf(rotated, mute)));
        }
    }
}
