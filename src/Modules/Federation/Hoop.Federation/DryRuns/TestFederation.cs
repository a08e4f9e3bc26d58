using System.Text.Json.Serialization;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Federation.Sessions;
using Hoop.Shared;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.DryRuns;

/// <summary>POST /api/federation/test. Tries a policy for one user end to end and keeps nothing but its audit rows.</summary>
internal static class TestFederation
{
    public static void Map(RouteGroupBuilder federation) => federation
        .MapPost("/test", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).Select(run => run.Response).ToOk())
        .RequireAuthorization(Policies.Admin).WithBody(TestFederationExample.Json);

    internal sealed record Request(string? UserEmail, string? UserId, PolicyBody? Config, Target? Connection) : IAction<Run>
    {
        // What runs is named by digests: an argument or a script may hold credentials.
        [JsonIgnore]
        public AuditEntry Intent => new("federation_test", AuditAction.Test, Connection!.Name)
        {
            Fields = new AuditFields
            {
                { "agent_id", Connection.AgentId },
                { "program", Connection.Command![0] },
                { "argv_sha256", Digest.OfArguments(Connection.Command) },
                { "script_sha256", Digest.Of(Connection.TestScript!) },
                { "user_email", UserEmail },
                { "user_id", UserId },
            },
        };

        public AuditEntry Audit(Run value) => Intent with
        {
            ResourceId = value.ConnectionId?.ToString(),
            Fields = new AuditFields(Intent.Fields)
            {
                { "resolved_principal", value.Response.ResolvedPrincipal },
                { "probe_status", value.Response.ProbeStatus },
                { "secret_names", value.SecretNames },
            },
            Failure = value.Code,
        };
    }

    /// <summary>A run that came to an answer.</summary>
    /// <param name="Code">Null when the probe succeeded; else the stable code of what failed.</param>
    /// <param name="SecretNames">Of the named connection: what the probe was given.</param>
    internal sealed record Run(Response Response, string? Code, Guid? ConnectionId, IReadOnlyList<string> SecretNames);

    /// <param name="Envs">Clear text; may be credentials, so they are not printed. They win over the stored ones of the same name.</param>
    /// <param name="Name">Extension: a stored connection, whose secrets the gateway opens itself; so no client reads them in order to
    /// try a policy.</param>
    internal sealed record Target(
        string? AgentId, IReadOnlyList<string>? Command, string? TestScript, IReadOnlyDictionary<string, string>? Envs, string? Name)
    {
        public override string ToString() => $"{nameof(Target)} {{ AgentId = {AgentId} }}";
    }

    /// <param name="ProbeStatus"><c>success</c>, <c>failed</c> or <c>skipped</c>.</param>
    /// <param name="Warnings">Extension: what works in this run and may surprise later.</param>
    /// <param name="IdentityToken">Extension: what stood in the gateway's identity token, when the provider uses one.</param>
    internal sealed record Response(
        bool Success,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ResolvedPrincipal = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AdminPrincipal = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? EnvVarKeys = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? SupersededEnvVars = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? TokenExpiresAt = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ProbeStatus = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ProbeOutput = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IdentityTokenFacts? IdentityToken = null)
    {
        public override string ToString() => $"{nameof(Response)} {{ Success = {Success} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleLevelCascadeMode = CascadeMode.Stop;
            ClassLevelCascadeMode = CascadeMode.Stop;
            RuleFor(request => request.UserEmail).NotEmpty().WithMessage("user_email is required").Malformed().IsUserText("user_email");
            RuleFor(request => request.UserId).IsUserText("user_id");
            RuleFor(request => request.Config).NotNull().WithMessage("config is required").Malformed();
            RuleFor(request => request.Connection).NotNull().WithMessage("connection is required").Malformed();
            RuleFor(request => request.Connection!.AgentId)
                .NotEmpty().WithMessage("connection.agent_id is required").Malformed()
                .Must(agentId => StrictUuid.TryParse(agentId, out _)).WithMessage("connection.agent_id must be a UUID").Malformed();
            RuleFor(request => request.Connection!.Command)
                .NotEmpty().WithMessage("connection.command is required (argv slice with at least the binary name)").Malformed()
                .Must(command => command!.Count <= 256 && !string.IsNullOrEmpty(command[0])
                    && command.All(item => item is not null && !item.Contains('\0')))
                .WithMessage("connection.command: must be at most 256 texts without NUL, the first one the name of a program").Malformed();
            RuleFor(request => request.Connection!.TestScript).NotEmpty().WithMessage("connection.test_script is required").Malformed();
            RuleFor(request => request.Connection!.Envs)
                .Must(envs => envs is null || envs.All(entry =>
                    ConnectionSecrets.IsVariableName(entry.Key) && entry.Value is not null && !entry.Value.Contains('\0')))
                .WithMessage("connection.envs: names are letters, digits and underscores, values are texts without NUL").Malformed();
        }
    }

    internal sealed class Handler(
        FederationFlag flag, FindConnection find, ProviderSet providers, DryRun dryRun, DryRunRate rate, ICaller caller, ISender sender)
        : IRequestHandler<Request, Result<Run>>
    {
        public async Task<Result<Run>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (target, orgId) = (request.Connection!, caller.OrgId);
            if ((rate.Refuses(caller.Current!) ?? (await flag.IsOn(orgId, cancellationToken) ? null : FederationFlag.Off)) is { } refused)
            {
                return refused;
            }

            if (!CheckedPolicy.From(request.Config!, providers).Succeeded(out var policy, out var error))
            {
                return error;
            }

            if (await sender.Send(new FindAgent(orgId, target.AgentId!), cancellationToken) is not { } agent)
            {
                return Error.NotFound("agent not found", "agent_not_found");
            }

            Connection? connection = null;
            if (target.Name is not null && (connection = await find.By(orgId, target.Name, cancellationToken)) is null)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            if (!await find.Runs(orgId, agent.Id, target.Command!, connection, cancellationToken))
            {
                return ConnectionErrors.ForeignCommand;
            }

            var user = new SessionUser(
                request.UserEmail!,
                request.UserId is { Length: > 0 } id ? id : UuidV5.Create(UuidV5.Url, "federation-test:" + request.UserEmail).ToString());
            return await dryRun.Run(policy, request.Config!.AdminCredentialsJson, user, target, agent, connection, cancellationToken);
        }
    }
}
