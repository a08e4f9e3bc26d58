using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Federation.Sessions;

/// <summary>
/// GET /api/sessions/stream, a WebSocket: a session whose bytes travel both ways as they come (docs/federation.md has the messages).
/// </summary>
internal static class ConnectSession
{
    public const string Path = "/api/sessions/stream";

    /// <summary>Both sides ping, and an end without answer is noticed: well below what load balancers cut silent connections at.</summary>
    private static readonly WebSocketOptions Pings = new()
    {
        KeepAliveInterval = TimeSpan.FromSeconds(15),
        KeepAliveTimeout = TimeSpan.FromSeconds(15),
    };

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet(Path, routes.CreateApplicationBuilder().UseWebSockets(Pings).Use(_ => Serve).Build())
        .RequireAuthorization(Policies.Authenticated)
        .ExcludeFromDescription();

    private static async Task Serve(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            await context.Response.WriteAsJsonAsync(new
            {
                message = "this is a WebSocket; a proxy before the gateway must pass the headers Upgrade and Connection on",
                code = "upgrade_required",
            });
            return;
        }

        var id = RowId.Next();
        context.Response.Headers[SessionHeaders.Id] = id.ToString();
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        using var stream = new SessionSocket(socket, context.RequestServices.GetRequiredService<TimeProvider>());
        if (await stream.Open(context.RequestAborted) is { } opening)
        {
            // The message may be held back until long after the credential was revoked.
            if (await HeldRequest.NotAdmitted(context, context.RequestAborted) is { } refused)
            {
                await stream.Close(id, refused);
                return;
            }

            var request = new Request(
                id, opening.Verb ?? "connect", opening.Connection, opening.CorrelationId ?? SessionHeaders.CorrelationOf(context),
                opening.Terminal, CallerIdentity.CredentialOf(context.User), stream);
            var sender = context.RequestServices.GetRequiredService<ISender>();
            await stream.Close(id, await stream.While(leaves => sender.Send(request, leaves), context.RequestAborted));
        }
    }

    internal sealed record Request(
        Guid Id, string Verb, string? Connection, string? CorrelationId, SessionTerminal? Terminal, SecretText? Credential,
        IAgentStreams Streams) : IAction<Session>
    {
        public AuditEntry Intent => new("session", AuditAction.Create, Id)
        {
            Fields = new AuditFields
            {
                { "connection", Connection },
                { "verb", Verb },
                { "terminal", Terminal is not null },
                { "correlation_id", CorrelationId },
            },
        };

        public AuditEntry Audit(Session value) => SessionAudit.Of(Intent, value);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.Connection).NotEmpty().WithMessage("connection is required: the name or id of one").Malformed();
            RuleFor(request => request.Verb).Must(verb => verb is "exec" or "connect").WithMessage("verb: exec or connect").Malformed();
            RuleFor(request => request.CorrelationId).Must(SessionHeaders.IsCorrelationId).WithMessage(SessionHeaders.Rule).Malformed();
            RuleFor(request => request.Terminal).Must(terminal => terminal is null or { IsOne: true })
                .WithMessage("terminal: a name of letters, digits and -+._, and columns and rows from 1 to 10000").Malformed();
        }
    }

    internal sealed class Handler(SessionRun run, ISender sender) : IRequestHandler<Request, Result<Session>>
    {
        private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

        public async Task<Result<Session>> Handle(Request request, CancellationToken cancellationToken)
        {
            var order = new SessionOrder(request.Id, request.Connection!, request.Verb, request.CorrelationId, request.Credential);
            var ran = await run.Run(
                order,
                (session, connection, environment, ending) => sender.Send(
                    new ExecuteOnAgent(
                        session.OrgId, connection.AgentId!.Value, connection.Command, environment.Variables, Script: "", Longest)
                    {
                        Files = environment.Files,
                        RenewedFiles = environment.RenewedFiles,
                        Fresh = session.Fresh,
                        Streams = new CountedStreams(request.Streams, session),
                        Terminal = request.Terminal?.ForAgent,
                    },
                    ending),
                cancellationToken);
            return ran.Succeeded(out var done, out var error) ? done.Session : error;
        }
    }
}
