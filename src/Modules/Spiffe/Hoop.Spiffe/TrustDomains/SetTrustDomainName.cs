using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.Shared;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// PUT /api/trust-domain-names/{name}. The operator gives a name to an organization, also one that another held and no longer uses.
/// </summary>
internal static class SetTrustDomainName
{
    public static void Map(RouteGroupBuilder names) => names
        .MapPut("/{name}", async (string name, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Name = name }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator)
        .WithBody($$"""{ "org_id": "{{BodyExample.SomeId}}" }""")
        .WithName(nameof(SetTrustDomainName));

    /// <param name="OrgId">Whose it becomes.</param>
    internal sealed record Request(string? OrgId) : ICommand<HeldName>
    {
        [JsonIgnore]
        public string Name { get; init; } = "";

        public AuditEntry Audit(HeldName value) => new("trust_domain_name", AuditAction.Update, value.Name)
        {
            Fields = new AuditFields { { "org_id", value.OrgId } },
        };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            ClassLevelCascadeMode = CascadeMode.Stop;
            RuleFor(request => request.OrgId).NotEmpty().WithMessage("org_id is required").Malformed();
            RuleFor(request => request.OrgId).Must(id => StrictUuid.TryParse(id!, out _)).WithMessage("org_id: must be a UUID");
            RuleFor(request => request.Name).Custom((name, context) =>
            {
                if (!TrustDomain.TryParse(name, out _, out var reason))
                {
                    context.AddFailure("name", $"name: {reason}");
                }
            });
        }
    }

    internal sealed class Handler(Db db, ISender sender, SpiffeOptions options) : IRequestHandler<Request, Result<HeldName>>
    {
        private const string GiveSql = $"""
            INSERT INTO spiffe.trust_domain_names AS n (name, org_id, given_by)
            VALUES (@Name, @OrgId, 'operator')
            ON CONFLICT (name) DO UPDATE
            SET org_id = excluded.org_id, given_by = excluded.given_by, given_at = now()
            WHERE NOT EXISTS (SELECT FROM spiffe.trust_domains AS used WHERE used.name = n.name AND used.org_id <> @OrgId)
            RETURNING {HeldName.Columns}
            """;

        public async Task<Result<HeldName>> Handle(Request request, CancellationToken cancellationToken)
        {
            var orgId = StrictUuid.Parse(request.OrgId!)!.Value;
            if (!await sender.Send(new HoldOrganization(orgId), cancellationToken))
            {
                return Error.Invalid("org_id: there is no such organization");
            }

            if (options.Configured?.Name.Name == request.Name && orgId != DefaultOrganization.Id)
            {
                return TrustDomainErrors.ReadOnly;
            }

            return await db.Of(orgId).Find<HeldName>(GiveSql, new { request.Name }, cancellationToken) is { } given
                ? given
                : TrustDomainErrors.NameInUse;
        }
    }
}
