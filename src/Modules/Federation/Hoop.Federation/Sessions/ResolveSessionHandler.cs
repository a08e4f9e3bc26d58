using Hoop.Federation.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>What another module asks, answered by <see cref="UseConnection"/>.</summary>
internal sealed class ResolveSessionHandler(ISender sender) : IRequestHandler<ResolveSession, SessionResolution>
{
    public async Task<SessionResolution> Handle(ResolveSession request, CancellationToken cancellationToken)
    {
        var used = await sender.Send(
            new UseConnection.Request(request.OrgId, request.Connection, request.UserEmail, request.UserId), cancellationToken);
        return used.Succeeded(out var use, out var error) && use.Environment.Succeeded(out var environment, out error)
            ? new SessionResolution(environment, Refusal: null)
            : new SessionResolution(Environment: null, new SessionRefusal(error!.Code, error.Message));
    }
}
