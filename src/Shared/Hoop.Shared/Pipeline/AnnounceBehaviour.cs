using Hoop.Shared.Data;
using Hoop.Shared.Memory;
using Hoop.Shared.Results;
using MediatR;

namespace Hoop.Shared.Pipeline;

/// <summary>
/// A command's answer waits until every gateway has confirmed what the command announced. Outside of its transaction: announced is what
/// is committed. Also when it failed or its caller hung up, since a commit whose answer was lost may have happened.
/// </summary>
internal sealed class AnnounceBehaviour<TRequest, TResponse>(Db db, Announcer announcer) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IChange
    where TResponse : IOutcome<TResponse>
{
    private static readonly Error Unconfirmed = Error.Unavailable(
        "the change is stored, but not every gateway has confirmed that it no longer acts on what was before: repeat the call",
        "unconfirmed");

    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        if (db.InTransaction)
        {
            // The outermost command announces for those inside it.
            return await next(cancellationToken);
        }

        TResponse response;
        try
        {
            response = await next(cancellationToken);
        }
        catch
        {
            await Announce();
            throw;
        }

        return await Announce() ? response : TResponse.Fail(Unconfirmed);
    }

    private Task<bool> Announce() => db.TakeAnnounced() is { Count: > 0 } changes ? announcer.Announce(changes) : Task.FromResult(true);
}
