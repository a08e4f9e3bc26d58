using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;
using Hoop.Shared.Sealing;
using Hoop.Shared.Sources;
using Npgsql;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>PUT /api/issuers/{id}. Replaces the settings; tokens are judged by the new ones from the answer on.</summary>
internal static class UpdateIssuer
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody(CreateIssuer.Example);

    internal sealed record Request : IssuerInput, ICommand<IssuerView>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(IssuerView value) =>
            StoredIssuer.Audited(AuditAction.Update, value.Id, value.Issuer, Settings);
    }

    internal sealed class Validator(IssuerOutbound outbound) : IssuerRules<Request>(outbound);

    internal sealed class Handler(
        Db db, ICaller caller, IssuerFinder finder, IssuerAudiences audiences, SealingKeys keys, IPublisher publisher, ISender sender)
        : IRequestHandler<Request, Result<IssuerView>>
    {
        private const string FindSql = $"""
            SELECT {StoredIssuer.Columns}
            FROM service_accounts.issuers AS i
            WHERE i.org_id = @OrgId AND i.id = @Id
            FOR UPDATE
            """;

        private const string UpdateSql = $"""
            UPDATE service_accounts.issuers AS i
            SET settings = @Settings::jsonb, secrets_key_id = @KeyId, secrets_sealed = @Bytes, updated_at = clock_timestamp()
            WHERE i.org_id = @OrgId AND i.id = @Id
            RETURNING {StoredIssuer.Columns}
            """;

        public async Task<Result<IssuerView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredIssuer.Topic, StoredIssuer.KeyOf(request.Issuer!));
            if (finder.Configured?.Id == request.Id)
            {
                return IssuerErrors.ReadOnly;
            }

            if (audiences.PeopleProblem(request) is { } people)
            {
                return people;
            }

            try
            {
                return await Change(request, cancellationToken);
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == IssuerErrors.PeopleIndex)
            {
                return IssuerErrors.PeopleTaken;
            }
        }

        private async Task<Result<IssuerView>> Change(Request request, CancellationToken cancellationToken)
        {
            if (await db.Of(caller.OrgId).Find<StoredIssuer>(FindSql, new { request.Id }, cancellationToken) is not { } before)
            {
                return IssuerErrors.NotFound;
            }

            if (!IssuerSecrets.Open(keys, before).Succeeded(out var held, out var error)
                || !IssuerSecrets.After(request, before.Read(), held).Succeeded(out var secrets, out error))
            {
                return error;
            }

            var (now, then) = (request.Settings.After(before.Read()), before.Read());
            var settings = now with { HasJwksToken = secrets.JwksToken is null ? null : true };
            var kept = secrets.Seal(keys, caller.OrgId, request.Id);
            var change = new { request.Id, Settings = settings.ToStored(), kept?.KeyId, kept?.Bytes };
            if (await db.Of(caller.OrgId).Find<StoredIssuer>(UpdateSql, change, cancellationToken) is not { } updated)
            {
                return IssuerErrors.NotFound;
            }

            if (updated.Issuer != request.Issuer)
            {
                return IssuerErrors.IsFixed;
            }

            if (await audiences.Set(updated.Id, updated.Issuer, request.Taken, cancellationToken) is { } taken)
            {
                return taken;
            }

            // What was made by those whom it would not let in any more. Who that is only their next token would show.
            if (now.IsNarrowerThan(then))
            {
                await publisher.Publish(updated.Leaving("issuer_updated", withPersonalTokens: now.EndsSignInOf(then)), cancellationToken);
            }

            if (now.KeepsGroupsFor(updated.Issuer) is { } keep)
            {
                await sender.Send(new KeepGroupsNoLonger(caller.OrgId, updated.Issuer, keep), cancellationToken);
            }

            return finder.ViewOf(updated);
        }
    }
}
