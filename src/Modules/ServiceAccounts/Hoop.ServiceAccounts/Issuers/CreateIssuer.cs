using Hoop.Shared.Quotas;
using Hoop.Shared.Sealing;
using Hoop.Shared.Sources;
using Npgsql;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>POST /api/issuers. From then on access tokens of this issuer are the organization's accounts.</summary>
internal static class CreateIssuer
{
    public const string Example = """
        {
          "preset": "github", "issuer": "https://token.actions.githubusercontent.com",
          "audiences": ["https://hoop.example.com"], "leeway_seconds": 30
        }
        """;

    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody(Example);

    internal sealed record Request : IssuerInput, ICommand<IssuerView>
    {
        public AuditEntry Audit(IssuerView value) =>
            StoredIssuer.Audited(AuditAction.Create, value.Id, value.Issuer, Settings);
    }

    internal sealed class Validator(IssuerOutbound outbound) : IssuerRules<Request>(outbound);

    internal sealed class Handler(
        Db db, ICaller caller, QuotaCheck quota, IssuerFinder finder, IssuerAudiences audiences, SealingKeys keys)
        : IRequestHandler<Request, Result<IssuerView>>
    {
        private const string CreateSql = $"""
            INSERT INTO service_accounts.issuers AS i (id, org_id, issuer, settings, secrets_key_id, secrets_sealed)
            VALUES (@Id, @OrgId, @Issuer, @Settings::jsonb, @KeyId, @Bytes)
            ON CONFLICT (org_id, issuer) DO NOTHING
            RETURNING {StoredIssuer.Columns}
            """;

        public async Task<Result<IssuerView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredIssuer.Topic, StoredIssuer.KeyOf(request.Issuer!));
            if (finder.Configured?.Issuer == request.Issuer)
            {
                return IssuerErrors.AlreadyExists;
            }

            if (audiences.PeopleProblem(request) is { } people)
            {
                return people;
            }

            if (await quota.Refuses(caller.OrgId, StoredIssuer.Quota, cancellationToken) is { } full)
            {
                return full;
            }

            if (!IssuerSecrets.After(request, before: null, IssuerSecrets.None).Succeeded(out var secrets, out var lacking))
            {
                return lacking;
            }

            var (id, settings) = (RowId.Next(), request.Settings with { HasJwksToken = secrets.JwksToken is null ? null : true });
            var held = secrets.Seal(keys, caller.OrgId, id);
            var row = new { Id = id, request.Issuer, Settings = settings.ToStored(), held?.KeyId, held?.Bytes };
            try
            {
                if (await db.Of(caller.OrgId).Find<StoredIssuer>(CreateSql, row, cancellationToken) is not { } created)
                {
                    return IssuerErrors.AlreadyExists;
                }

                return await audiences.Set(created.Id, created.Issuer, request.Taken, cancellationToken) is { } taken
                    ? taken
                    : finder.ViewOf(created);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == IssuerErrors.PeopleIndex)
            {
                return IssuerErrors.PeopleTaken;
            }
        }
    }
}
