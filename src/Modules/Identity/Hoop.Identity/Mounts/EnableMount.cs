using System.Security.Cryptography;
using System.Text.Json;
using Hoop.Identity.Organizations;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Mounts;

/// <summary>
/// POST|PUT /v1/sys/auth/{path}. Enables a sign-in method: an accessor for aliases of names that it vouches for. With <c>/tune</c> at its
/// end the same as a write below <c>sys/mounts/auth</c>.
/// </summary>
internal static class EnableMount
{
    private static readonly VaultFields Fields =
    [
        VaultField.Text("path", "Where it is; of the path."),
        VaultField.Text("type", "What kind of method it is."),
        VaultField.Text("description", "For people."),
        VaultField.Flag("local", "Whether it belongs to one cluster alone; group aliases refuse such a mount."),
        VaultField.Flag("seal_wrap", "Taken and not used: everything secret is sealed."),
        VaultField.Flag("external_entropy_access", "Taken and not used."),
        VaultField.Text("plugin_name", "The type, as old clients write it.") with { OldNameOf = "type" },
        VaultField.Pairs("config", "default_lease_ttl, max_lease_ttl, token_type, listing_visibility."),
        VaultField.Pairs("options", "Kept, and told again."),
        .. TuneMount.Tunable,
    ];

    public static void Map(RouteGroupBuilder sys) => sys
        .MapVaultWrite("/auth/{**path:minlength(1)}", nameof(EnableMount), Policies.Admin, Fields, Answer)
        .WithBody("""{ "type": "jwt", "description": "jobs of the data team" }""");

    private static async Task<EmptyAnswer> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var (path, isTune) = MountPath.OfTune(body.Text("path"));
        if (isTune)
        {
            return await TuneMount.Send(body, path, sender, cancellationToken);
        }

        var config = MountChange.ReadConfig(body.Pairs("config").Value);
        var type = body.Text("type") is { Length: > 0 } given ? given : body.Text("plugin_name");
        var request = new Request(
            path, type, body.Text("description"), body.Flag("local").Value, config, body.Pairs("options").Value);
        return body.Error is { } error ? new EmptyAnswer(error) : (await sender.Send(request, cancellationToken)).ToNoContent();
    }

    internal sealed record Request(
        string Path,
        string Type,
        string Description,
        bool Local,
        IReadOnlyDictionary<string, string> Config,
        IReadOnlyDictionary<string, string>? Options) : ICommand<Enabled>
    {
        public AuditEntry Audit(Enabled value) => new("auth_mount", AuditAction.Create, value.Accessor)
        {
            Fields = new AuditFields { { "path", value.Path }, { "type", Type }, { "description", Description }, { "local", Local } },
        };
    }

    internal sealed record Enabled(string Accessor, string Path);

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Type).Matches(@"^([a-z0-9][a-z0-9_.-]{0,62})?\z")
                .WithMessage("type: use 1 to 63 lower-case letters, digits and . _ -");
            RuleFor(request => request).Custom((request, context) =>
            {
                if (MountChange.ProblemOf(request.Description, request.Config, request.Options) is { } problem)
                {
                    context.AddFailure(problem);
                }
            });
        }
    }

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota) : IRequestHandler<Request, Result<Enabled>>
    {
        // A mount below another one, or above it, would make two readings of one path.
        private const string FindTakenSql = """
            SELECT path
            FROM identity.mounts
            WHERE (org_id = @OrgId OR org_id IS NULL) AND (starts_with(path, @Path) OR starts_with(@Path, path))
            ORDER BY path
            LIMIT 1
            """;

        private const string EnableSql = """
            INSERT INTO identity.mounts (accessor, org_id, path, type, description, local, sign_in, config, options)
            VALUES (@Accessor, @OrgId, @Path, @Type, @Description, @Local, @SignIn, @Config::jsonb, @Options::jsonb)
            """;

        public async Task<Result<Enabled>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (MountPath.Of(request.Path) is not { } path)
            {
                return MountErrors.BadPath;
            }

            if (request.Type is "" or "token")
            {
                return request.Type.Length == 0 ? MountErrors.NoType : MountErrors.TokenType;
            }

            // Neither the quota nor the look for a mount above or below can be passed by two of one moment.
            var organization = db.Of(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            if (await quota.Refuses(caller.OrgId, IdentityQuotas.Mounts, cancellationToken) is { } full)
            {
                return full;
            }

            if (await organization.Find<string>(FindTakenSql, new { Path = path }, cancellationToken) is { } taken)
            {
                return MountErrors.Taken(taken);
            }

            var accessor = $"auth_{request.Type}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
            await organization.Execute(
                EnableSql,
                new
                {
                    Accessor = accessor,
                    Path = path,
                    request.Type,
                    request.Description,
                    request.Local,
                    SignIn = "auth/" + path,
                    Config = JsonSerializer.Serialize(request.Config),
                    Options = request.Options is null ? null : JsonSerializer.Serialize(request.Options),
                },
                cancellationToken);

            return new Enabled(accessor, path);
        }
    }
}
