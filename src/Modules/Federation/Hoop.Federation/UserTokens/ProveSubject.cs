using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.UserTokens;

/// <summary>
/// The first half of an exchange: whose is the subject token, and is that caller still let in? One answer for all who are not.
/// </summary>
internal static class ProveSubject
{
    internal sealed record Request(Guid OrgId, Guid ConnectionId, SecretText SubjectToken) : IQuery<Caller>, IAnonymous
    {
        public static string Reason => "the subject token is what makes a caller known";
    }

    internal sealed class Handler(
        SubjectTokens tokens, BadTokens bad, IPublisher publisher, IHttpContextAccessor http, ILogger<Handler> logger)
        : IRequestHandler<Request, Result<Caller>>
    {
        private static readonly Error NotAccepted = Error.Invalid("the subject token was not accepted", "invalid_request");

        public async Task<Result<Caller>> Handle(Request request, CancellationToken cancellationToken)
        {
            var verdict = await bad.Check(
                http.HttpContext?.Connection.RemoteIpAddress,
                async cancel =>
                {
                    var judged = await tokens.Prove(request.OrgId, request.ConnectionId, request.SubjectToken.Reveal(), cancel);
                    return (judged, judged.Refusal is { IsForNow: false });
                },
                tooMany => new(tooMany),
                cancellationToken);
            if (verdict.Accepted)
            {
                return verdict.Proven;
            }

            if (verdict.Refusal.IsForNow)
            {
                return SignInErrors.NotNow(verdict.Refusal);
            }

            logger.LogInformation(
                "A subject token for the connection {Connection} was refused: {Reason}", request.ConnectionId, verdict.Refusal.Reason);
            var source = http.HttpContext is { } context ? RequestOrigin.AddressOf(context) : null;
            await publisher.Publish(
                new SignInRefused(source ?? "unknown", "subject_token", verdict.Refusal.Code), cancellationToken);
            return NotAccepted;
        }
    }
}
