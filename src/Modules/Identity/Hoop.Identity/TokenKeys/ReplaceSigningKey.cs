using System.Globalization;
using Hoop.Identity.Vault;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// POST|PUT /v1/identity/oidc/key/{name}/rotate/emergency. For a private key that somebody else may have: two new versions, of which one
/// signs at once, and the old ones withdrawn. The answer says what that breaks.
/// </summary>
internal static class ReplaceSigningKey
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("name", "The key, of the path."),
        VaultField.Seconds("verification_ttl",
            "How long the version that signed until now stays published: 0s when left out, which is at once."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultWrite(
            "/key/{name:vault_name}/rotate/emergency",
            "ReplaceSigningKey",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("name"), body.Seconds("verification_ttl"));
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVault(replaced => replaced, result.Succeeded(out var done, out _) ? done.Breaks : null);
            })
        .WithBody("""{"verification_ttl": "0s"}""");

    internal sealed record Request(string Name, int VerificationTtl) : ICommand<Replaced>
    {
        public AuditEntry Audit(Replaced value) => new("signing_key", AuditAction.Rotate, Name)
        {
            Fields = new AuditFields
            {
                { "emergency", true },
                { "withdrawn", value.Withdrawn },
                { "signs_with", value.SignsWith },
                { "roles", value.Roles },
            },
        };
    }

    /// <param name="Withdrawn">The versions that are not published any more, by <c>kid</c>.</param>
    /// <param name="SignsWith">The version that signs now.</param>
    /// <param name="Roles">Whose tokens it is about; with the key "default" also those of sessions.</param>
    /// <param name="Breaks">What does not work now, and until when.</param>
    internal sealed record Replaced(
        IReadOnlyList<Guid> Withdrawn, Guid SignsWith, IReadOnlyList<string> Roles, IReadOnlyList<string> Breaks);

    internal sealed class Handler(
        ICaller caller, SigningKeys keys, KeyVersions versions, TimeProvider clock) : IRequestHandler<Request, Result<Replaced>>
    {
        public async Task<Result<Replaced>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            if (await keys.FindOrMake(caller.OrgId, request.Name, cancellationToken) is not { } key)
            {
                return KeyErrors.NoSuch(request.Name);
            }

            if (request.VerificationTtl > 10L * key.RotationPeriod)
            {
                return KeyErrors.VerificationTtl;
            }

            var now = clock.GetUtcNow().UtcDateTime;
            var withdrawn = await versions.Replace(caller.OrgId, key, request.VerificationTtl, cancellationToken);
            await keys.Plan(caller.OrgId, key.Id, now.AddSeconds(key.RotationPeriod), cancellationToken);
            var signsWith = await versions.Signing(caller.OrgId, key.Id, cancellationToken);
            var ends = now.AddSeconds(Math.Min(key.VerificationTtl, request.VerificationTtl == 0 ? int.MaxValue : request.VerificationTtl));
            return new Replaced(
                withdrawn,
                signsWith,
                await keys.RolesOf(caller.OrgId, key.Name, cancellationToken),
                [
                    request.VerificationTtl == 0
                        ? "tokens that were signed until now fail at every verifier that reads the keys again"
                        : string.Create(
                            CultureInfo.InvariantCulture,
                            $"tokens that were signed until now fail from {ends:yyyy-MM-ddTHH:mm:ssZ}, and whoever has the old private key can sign until then"),
                    "verifiers that keep the keys they have read refuse every new token until they read them again: clouds keep them for up to a day",
                ]);
        }
    }
}
