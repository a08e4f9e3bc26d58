using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;
using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.Sessions;

/// <summary>
/// POST /api/sessions. Runs one script through a connection's command and answers with what it wrote. The header <c>X-Hoop-Session-Id</c>
/// names the session, also when it was refused.
/// </summary>
internal static class CreateSession
{
    public static void Map(RouteGroupBuilder sessions) => sessions
        .MapPost("/", async (Body body, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
        {
            var id = RowId.Next();
            context.Response.Headers[SessionHeaders.Id] = id.ToString();
            var request = new Request(
                id, body.Connection, body.Script, body.TimeoutSeconds, body.CorrelationId ?? SessionHeaders.CorrelationOf(context),
                CallerIdentity.CredentialOf(context.User));
            return (await sender.Send(request, cancellationToken)).ToCreated();
        })
        .RequireAuthorization(Policies.Authenticated)
        .WithBody("""{ "connection": "my-bq", "script": "SELECT 1", "timeout_seconds": 60, "correlation_id": "ticket-4711" }""");

    /// <param name="Connection">Name or id.</param>
    /// <param name="Script">What the command reads on its standard input.</param>
    /// <param name="TimeoutSeconds">1 to 600; 300 without it. Then the command is ended.</param>
    /// <param name="CorrelationId">For whoever looks for the session later: 1 to 255 printable ASCII characters.</param>
    internal sealed record Body(string? Connection, string? Script, int? TimeoutSeconds, string? CorrelationId)
    {
        public override string ToString() => $"{nameof(Body)} {{ Connection = {Connection} }}";
    }

    internal sealed record Request(
        Guid Id, string? Connection, string? Script, int? TimeoutSeconds, string? CorrelationId, SecretText? Credential)
        : IAction<SessionOutput>
    {
        public AuditEntry Intent => new("session", AuditAction.Create, Id)
        {
            Fields = new AuditFields
            {
                { "connection", Connection },
                { "verb", "exec" },
                { "script_sha256", Digest.Of(Script ?? "") },
                { "correlation_id", CorrelationId },
            },
        };

        public AuditEntry Audit(SessionOutput value) => SessionAudit.Of(Intent, value.Session);

        /// <summary>A script may hold what only its writer should read.</summary>
        public override string ToString() => $"{nameof(CreateSession)} {{ Id = {Id} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Connection).NotEmpty().WithMessage("connection is required: the name or id of one").Malformed();
            RuleFor(request => request.Script).Must(script => script is null || !script.Contains('\0', StringComparison.Ordinal))
                .WithMessage("script: must not hold NUL").Malformed();
            RuleFor(request => request.TimeoutSeconds).InclusiveBetween(1, 600).WithMessage("timeout_seconds: from 1 to 600").Malformed();
            RuleFor(request => request.CorrelationId).Must(SessionHeaders.IsCorrelationId).WithMessage(SessionHeaders.Rule).Malformed();
        }
    }

    internal sealed class Handler(SessionRun run, ISender sender) : IRequestHandler<Request, Result<SessionOutput>>
    {
        public async Task<Result<SessionOutput>> Handle(Request request, CancellationToken cancellationToken)
        {
            var order = new SessionOrder(request.Id, request.Connection!, "exec", request.CorrelationId, request.Credential);
            var script = request.Script ?? "";
            var ran = await run.Run(
                order,
                async (session, connection, environment, ending) =>
                {
                    session.CountIn(System.Text.Encoding.UTF8.GetByteCount(script));
                    var execution = await sender.Send(
                        new ExecuteOnAgent(
                            session.OrgId, connection.AgentId!.Value, connection.Command, environment.Variables, script,
                            TimeSpan.FromSeconds(request.TimeoutSeconds ?? 300))
                        { Files = environment.Files, RenewedFiles = environment.RenewedFiles, Fresh = session.Fresh },
                        ending);
                    session.CountOut(System.Text.Encoding.UTF8.GetByteCount(execution.Output));
                    return execution;
                },
                cancellationToken);
            return ran.Succeeded(out var done, out var error)
                ? new SessionOutput(done.Session, done.Execution.Output, done.Execution.Truncated)
                : error;
        }
    }
}
