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
            var address = http.HttpContext?.Connection.RemoteIpAddress;
            if (bad.Take(address) is { } tooMany)
            {
                return SignInErrors.NotNow(tooMany);
            }

            var verdict = await tokens.Prove(request.OrgId, request.ConnectionId, request.SubjectToken.Reveal(), cancellationToken);
            if (verdict.Accepted || verdict.Refusal.IsForNow)
            {
                bad.GiveBack(address);
            }

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
