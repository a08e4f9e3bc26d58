namespace Hoop.Identity.FeatureFlags;

/// <summary>
/// PUT /api/feature-flags/{name}. An admin switches a flag on or off for its organization; it counts from the next request on.
/// </summary>
internal static class SetFeatureFlag
{
    public static void Map(RouteGroupBuilder flags) => flags
        .MapPut("/{name}", async (string name, Body body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(name, body.Enabled), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "enabled": true }""")
        .WithName(nameof(SetFeatureFlag));

    internal sealed record Body(bool? Enabled);

    internal sealed record Request(string Name, bool? Enabled) : ICommand<FeatureFlag>
    {
        public AuditEntry Audit(FeatureFlag value) => new("feature_flag", AuditAction.Update, Name)
        {
            Fields = new AuditFields { { "enabled", value.Enabled } },
        };
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        // A body that forgets the member must not switch anything off.
        public Validator() => RuleFor(request => request.Enabled).NotNull().WithMessage("enabled is required: true or false").Malformed();
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<FeatureFlag>>
    {
        private const string SetSql = """
            INSERT INTO identity.feature_flags (org_id, name, enabled, updated_by)
            VALUES (@OrgId, @Name, @Enabled, @UpdatedBy)
            ON CONFLICT (org_id, name) DO UPDATE SET enabled = excluded.enabled, updated_at = now(), updated_by = excluded.updated_by
            """;

        public async Task<Result<FeatureFlag>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (FeatureFlagCatalogue.Find(request.Name) is not { } flag)
            {
                return FeatureFlagErrors.Unknown(request.Name);
            }

            db.Announce(OrganizationFlags.Topic, ChangeKey.Of(caller.OrgId));
            var enabled = request.Enabled!.Value;
            await db.Of(caller.OrgId).Execute(
                SetSql, new { flag.Name, Enabled = enabled, UpdatedBy = caller.Current!.Subject }, cancellationToken);
            return flag with { Enabled = enabled };
        }
    }
}
