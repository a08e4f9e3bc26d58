using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Mounts;

/// <summary>POST|PUT /v1/sys/mounts/auth/{path}/tune. Changes what is said about a mount; its path and accessor stay.</summary>
internal static class TuneMount
{
    public static readonly VaultField[] Tunable =
    [
        VaultField.Seconds("default_lease_ttl", "Seconds or a duration."),
        VaultField.Seconds("max_lease_ttl", "Seconds or a duration."),
        VaultField.Text("token_type", "default-service, default-batch, service or batch."),
        VaultField.Text("listing_visibility", "hidden or unauth."),
    ];

    private static readonly VaultFields Fields =
        [VaultField.Text("path", "Where it is; of the path."), VaultField.Text("description", "For people."), .. Tunable];

    public static void Map(RouteGroupBuilder sys) => sys.MapVaultWrite(
        "/mounts/auth/{**path:minlength(1)}",
        nameof(TuneMount),
        Policies.Admin,
        Fields,
        async (VaultBody body, ISender sender, CancellationToken cancellationToken) =>
            MountPath.OfTune(body.Text("path")) is { IsTune: true, Path: var path }
                ? await Send(body, path, sender, cancellationToken)
                : new EmptyAnswer(MountErrors.OnlyTune))
        .WithBody("""{ "description": "people", "default_lease_ttl": "1h" }""");

    public static async Task<EmptyAnswer> Send(VaultBody body, string path, ISender sender, CancellationToken cancellationToken)
    {
        var config = Tunable.Where(field => body.Has(field.Name))
            .ToDictionary(
                field => field.Name,
                field => field.Kind == VaultFieldKind.Seconds ? body.SecondsText(field.Name) : body.Text(field.Name),
                StringComparer.Ordinal);
        var request = new Request(path, body.Has("description") ? body.Text("description") : null, config);
        return body.Error is { } error ? new EmptyAnswer(error) : (await sender.Send(request, cancellationToken)).ToNoContent();
    }

    /// <param name="Description">Null leaves it.</param>
    /// <param name="Config">What it names replaces what is stored.</param>
    internal sealed record Request(string Path, string? Description, IReadOnlyDictionary<string, string> Config) : ICommand<Tuned>
    {
        public AuditEntry Audit(Tuned value)
        {
            var fields = new AuditFields();
            if (Description is not null)
            {
                fields.Add("description", Description);
            }

            foreach (var (name, text) in Config)
            {
                fields.Add(name, text);
            }

            return new AuditEntry("auth_mount", AuditAction.Update, value.Accessor) { Fields = fields };
        }
    }

    internal sealed record Tuned(string Accessor);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => RuleFor(request => request).Custom((request, context) =>
        {
            if (MountChange.ProblemOf(request.Description ?? "", request.Config, options: null) is { } problem)
            {
                context.AddFailure(problem);
            }
        });
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Tuned>>
    {
        private const string FindSql = """
            SELECT accessor, builtin
            FROM identity.mounts
            WHERE (org_id = @OrgId OR org_id IS NULL) AND path = @Path
            """;

        private const string TuneSql = """
            UPDATE identity.mounts
            SET description = coalesce(@Description, description), config = config || @Config::jsonb, updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND path = @Path AND NOT builtin
            """;

        public async Task<Result<Tuned>> Handle(Request request, CancellationToken cancellationToken)
        {
            var organization = db.Of(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            var path = MountPath.Of(request.Path);
            if (path is null || await organization.Find<Row>(FindSql, new { Path = path }, cancellationToken) is not { } row)
            {
                return MountErrors.None(MountErrors.Shown(request.Path) + "/");
            }

            if (row.Builtin)
            {
                return MountErrors.Builtin;
            }

            await organization.Execute(
                TuneSql,
                new { Path = path, request.Description, Config = JsonSerializer.Serialize(request.Config) },
                cancellationToken);
            return new Tuned(row.Accessor);
        }

        private sealed record Row(string Accessor, bool Builtin);
    }
}
