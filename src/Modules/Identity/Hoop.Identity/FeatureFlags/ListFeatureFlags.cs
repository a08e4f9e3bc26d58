namespace Hoop.Identity.FeatureFlags;

/// <summary>GET /api/feature-flags. The catalogue by name, with what the organization chose. Read from the database each time, so replicas agree.</summary>
internal static class ListFeatureFlags
{
    public static void Map(RouteGroupBuilder flags) => flags
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Authenticated)
        .WithName(nameof(ListFeatureFlags));

    internal sealed record Request : IQuery<IReadOnlyList<FeatureFlag>>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<FeatureFlag>>>
    {
        private const string ChosenSql = """
            SELECT name, enabled
            FROM identity.feature_flags
            WHERE org_id = @OrgId
            """;

        public async Task<Result<IReadOnlyList<FeatureFlag>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var chosen = (await db.Of(caller.OrgId).List<Choice>(ChosenSql, args: null, cancellationToken)).ToDictionary(choice => choice.Name, choice => choice.Enabled, StringComparer.Ordinal);
            return Result.Of<IReadOnlyList<FeatureFlag>>(
                [.. FeatureFlagCatalogue.Flags.Select(flag => flag with { Enabled = chosen.GetValueOrDefault(flag.Name, flag.Default) })]);
        }

        private sealed record Choice(string Name, bool Enabled);
    }
}
