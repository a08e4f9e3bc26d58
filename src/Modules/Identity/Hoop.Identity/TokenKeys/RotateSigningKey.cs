using Hoop.Identity.Vault;
using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// POST|PUT /v1/identity/oidc/key/{name}/rotate. The next version signs: at once when it has been published for <c>publish_ahead</c>, else
/// as soon as it has. The one that signed stays published for its tokens, so nothing breaks.
/// </summary>
internal static class RotateSigningKey
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("name", "The key, of the path."),
        VaultField.Seconds("verification_ttl",
            "How long the outgoing version stays published, when that is longer than what the key says. Shorter is what rotate/emergency is for."),
    ];

    public static void Map(RouteGroupBuilder oidc) => oidc
        .MapVaultWrite(
            "/key/{name:vault_name}/rotate",
            "RotateSigningKey",
            Policies.Admin,
            Fields,
            async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            {
                var request = new Request(body.Text("name"), body.Has("verification_ttl") ? body.Seconds("verification_ttl") : null);
                var result = body.Error is { } error ? error : await sender.Send(request, cancellationToken);
                return result.ToVaultNothing(done => done.Warnings);
            })
        .WithBody("""{"verification_ttl": "48h"}""")
        .Produces(StatusCodes.Status204NoContent);

    internal sealed record Request(string Name, int? VerificationTtl) : ICommand<Done>
    {
        public AuditEntry Audit(Done value) => new("signing_key", AuditAction.Rotate, Name)
        {
            Fields = new AuditFields { { "signs_with", value.Rotated.SignsWith }, { "next_rotation", value.Rotated.RotatesAt } },
        };
    }

    internal sealed record Done(Rotated Rotated, IReadOnlyList<string>? Warnings);

    internal sealed class Handler(ICaller caller, SigningKeys keys) : IRequestHandler<Request, Result<Done>>
    {
        public async Task<Result<Done>> Handle(Request request, CancellationToken cancellationToken)
        {
            await keys.Take(caller.OrgId, cancellationToken);
            if (await keys.FindOrMake(caller.OrgId, request.Name, cancellationToken) is not { } key)
            {
                return KeyErrors.NoSuch(request.Name);
            }

            var keep = request.VerificationTtl ?? key.VerificationTtl;
            if (keep > 10L * key.RotationPeriod)
            {
                return KeyErrors.VerificationTtl;
            }

            return (await keys.Rotate(caller.OrgId, key, keep, cancellationToken)).Select(rotated => new Done(
                rotated,
                Rotation.WarningsOf(rotated) ?? (keep >= key.VerificationTtl
                    ? null
                    : ["verification_ttl is shorter than that of the key: the outgoing version stays published until its tokens have ended; rotate/emergency withdraws it"])));
        }
    }
}
