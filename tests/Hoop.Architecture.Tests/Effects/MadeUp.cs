#pragma warning disable CA1812, CA1822 // The shapes are the point; nothing runs.
using Hoop.Shared.Audit;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using MediatR;

namespace Hoop.Architecture.Tests.Effects.MadeUp;

internal interface IDoor
{
    Task Open();
}

internal sealed class FrontDoor : IDoor
{
    [Effect("opens a door")]
    public Task Open() => Task.CompletedTask;
}

internal sealed class Porter<T>(IDoor door)
{
    public async Task<T> LetIn(T guest)
    {
        Func<Task> open = () => door.Open();
        await open();
        return guest;
    }
}

/// <summary>As another module would answer it.</summary>
internal sealed record OpenHouse(string Guest) : IRequest<string>;

internal sealed class OpenHouseHandler(Porter<string> porter) : IRequestHandler<OpenHouse, string>
{
    public async Task<string> Handle(OpenHouse request, CancellationToken cancellationToken) => await porter.LetIn(request.Guest);
}

internal static class AskWhoIsThere
{
    internal sealed record Request(string Guest) : IQuery<string>;

    internal sealed class Handler(ISender sender) : IRequestHandler<Request, Result<string>>
    {
        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) =>
            await sender.Send(new OpenHouse(request.Guest), cancellationToken);
    }
}

internal static class NoteGuest
{
    internal sealed record Request(string Guest) : ICommand<string>
    {
        public AuditEntry Audit(string value) => new("guest", AuditAction.Create, value);
    }

    internal sealed class Handler(Porter<string> porter) : IRequestHandler<Request, Result<string>>
    {
        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) => await porter.LetIn(request.Guest);
    }
}

internal static class ReceiveGuest
{
    internal sealed record Request(string Guest) : IAction<string>
    {
        public AuditEntry Intent => new("guest", AuditAction.Use, Guest);

        public AuditEntry Audit(string value) => Intent;
    }

    internal sealed class Handler(ISender sender) : IRequestHandler<Request, Result<string>>
    {
        public async Task<Result<string>> Handle(Request request, CancellationToken cancellationToken) =>
            await sender.Send(new OpenHouse(request.Guest), cancellationToken);
    }
}

internal static class CountGuests
{
    internal sealed record Request : IQuery<int>;

    internal sealed class Handler : IRequestHandler<Request, Result<int>>
    {
        public Task<Result<int>> Handle(Request request, CancellationToken cancellationToken) => Task.FromResult<Result<int>>(1);
    }
}
