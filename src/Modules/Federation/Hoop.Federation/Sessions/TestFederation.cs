using System.Text.Json.Serialization;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Principals;
using Hoop.Shared;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>POST /api/federation/test. Tries a policy for one user end to end and keeps nothing but an audit row.</summary>
internal static class TestFederation
{
    public static void Map(RouteGroupBuilder federation) => federation
        .MapPost("/test", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string? UserEmail, string? UserId, PolicyBody? Config, Target? Connection) : IQuery<Response>;

    /// <param name="Envs">Clear text; may be credentials.</param>
    /// <param name="Name">Extension: a stored connection, whose secrets then count for <c>superseded_env_vars</c>.</param>
    internal sealed record Target(
        string? AgentId, IReadOnlyList<string>? Command, string? TestScript, IReadOnlyDictionary<string, string>? Envs, string? Name)
    {
        /// <summary>Variables and script are not printed.</summary>
        public override string ToString() => $"{nameof(Target)} {{ AgentId = {AgentId} }}";
    }

    /// <param name="ProbeStatus"><c>success</c>, <c>failed</c> or <c>skipped</c>.</param>
    /// <param name="Warnings">Extension: what works in this run and may surprise later.</param>
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
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null)
    {
        /// <summary>What a probe printed is not logged.</summary>
        public override string ToString() => $"{nameof(Response)} {{ Success = {Success} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleLevelCascadeMode = CascadeMode.Stop;
            ClassLevelCascadeMode = CascadeMode.Stop;
            RuleFor(request => request.UserEmail).NotEmpty().WithMessage("user_email is required").Malformed();
            RuleFor(request => request.Config).NotNull().WithMessage("config is required").Malformed();
            RuleFor(request => request.Connection).NotNull().WithMessage("connection is required").Malformed();
            RuleFor(request => request.Connection!.AgentId)
                .NotEmpty().WithMessage("connection.agent_id is required").Malformed()
                .Must(agentId => Guid.TryParseExact(agentId, "D", out _)).WithMessage("connection.agent_id must be a UUID").Malformed();
            RuleFor(request => request.Connection!.Command)
                .NotEmpty().WithMessage("connection.command is required (argv slice with at least the binary name)").Malformed()
                .Must(command => command!.Count <= 256 && !string.IsNullOrEmpty(command[0]) && command.All(item => item is not null && !item.Contains('\0')))
                .WithMessage("connection.command: must be at most 256 texts without NUL, the first one the name of a program").Malformed();
            RuleFor(request => request.Connection!.TestScript)
                .NotEmpty().WithMessage("connection.test_script is required").Malformed();
            RuleFor(request => request.Connection!.Envs)
                .Must(envs => envs is null || envs.All(entry => ConnectionSecrets.IsVariableName(entry.Key) && entry.Value is not null && !entry.Value.Contains('\0')))
                .WithMessage("connection.envs: names are letters, digits and underscores, values are texts without NUL").Malformed();
        }
    }

    internal sealed class Handler(FederationFlag flag, FindConnection findConnection, DryRun dryRun, ICaller caller, ISender sender)
        : IRequestHandler<Request, Result<Response>>
    {
        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var (target, orgId) = (request.Connection!, caller.OrgId);
            if (!await flag.IsOn(orgId, cancellationToken))
            {
                return FederationFlag.Off;
            }

            if (!FederationPolicy.From(request.Config!).Succeeded(out var policy, out var error))
            {
                return error;
            }

            if (await sender.Send(new FindAgent(orgId, Guid.Parse(target.AgentId!).ToString()), cancellationToken) is not { } agent)
            {
                return Error.NotFound("agent not found", "agent_not_found");
            }

            Connection? connection = null;
            if (target.Name is not null && (connection = await findConnection.By(orgId, target.Name, cancellationToken)) is null)
            {
                return ConnectionErrors.ConnectionNotFound;
            }

            var user = new SessionUser(request.UserEmail!, request.UserId is { Length: > 0 } id ? id : UuidV5.Create(UuidV5.Url, "federation-test:" + request.UserEmail).ToString());
            var (response, code) = await dryRun.Run(policy, request.Config!.AdminCredentialsJson, user, target, agent, connection, cancellationToken);
            await Record(request, agent, connection, response, code, cancellationToken);
            return response;
        }

        private Task Record(Request request, AgentSummary agent, Connection? connection, Response response, string? code, CancellationToken cancellationToken)
        {
            var entry = new AuditEntry("federation_test", AuditAction.Test, connection?.Id.ToString())
            {
                Fields = new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["agent_id"] = agent.Id.ToString(),
                    ["program"] = request.Connection!.Command![0],
                    ["user_email"] = request.UserEmail,
                    ["resolved_principal"] = response.ResolvedPrincipal,
                    ["probe_status"] = response.ProbeStatus,
                },
                Failure = code,
            };
            return sender.Send(new RecordAudit(caller.OrgId, caller.Current, entry), cancellationToken);
        }
    }
}
