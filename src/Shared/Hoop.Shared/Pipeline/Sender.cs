using System.Collections.Concurrent;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Pipeline;

/// <summary>
/// Sends a request through the behaviours to its handler, as MediatR's own sender does, with the way of each kind of request looked up
/// once. A pass takes two small objects besides the behaviours and the handler, where MediatR chains a closure for each step.
/// </summary>
internal sealed class Sender(IServiceProvider services) : ISender
{
    private static readonly ConcurrentDictionary<Type, Way> Ways = new();

    public Task<TResponse> Send<TResponse>(IRequest<TResponse> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var way = Ways.GetOrAdd(
            request.GetType(), static (type, response) => Way.Make(typeof(AnsweredWay<,>), type, response), typeof(TResponse));
        return ((Way<TResponse>)way).Send(request, services, cancellationToken);
    }

    public Task Send<TRequest>(TRequest request, CancellationToken cancellationToken = default)
        where TRequest : IRequest
    {
        ArgumentNullException.ThrowIfNull(request);
        var way = Ways.GetOrAdd(request.GetType(), static type => Way.Make(typeof(SilentWay<>), type));
        return ((Way<Unit>)way).Send(request, services, cancellationToken);
    }

    public Task<object?> Send(object request, CancellationToken cancellationToken = default) => throw Untyped();

    public IAsyncEnumerable<TResponse> CreateStream<TResponse>(
        IStreamRequest<TResponse> request, CancellationToken cancellationToken = default) => throw Untyped();

    public IAsyncEnumerable<object?> CreateStream(object request, CancellationToken cancellationToken = default) => throw Untyped();

    private static NotSupportedException Untyped() => new("Requests are sent as what they are, and answered once.");

    private abstract class Way
    {
        public static Way Make(Type open, params Type[] of) => (Way)Activator.CreateInstance(open.MakeGenericType(of))!;
    }

    private abstract class Way<TResponse> : Way
    {
        public abstract Task<TResponse> Send(object request, IServiceProvider services, CancellationToken cancellationToken);
    }

    private sealed class AnsweredWay<TRequest, TResponse> : Way<TResponse>
        where TRequest : IRequest<TResponse>
    {
        public override Task<TResponse> Send(object request, IServiceProvider services, CancellationToken cancellationToken) =>
            Pass<TRequest, TResponse>.Begin(
                (TRequest)request,
                services,
                static (sent, provider, token) =>
                    provider.GetRequiredService<IRequestHandler<TRequest, TResponse>>().Handle(sent, token),
                cancellationToken);
    }

    private sealed class SilentWay<TRequest> : Way<Unit>
        where TRequest : IRequest
    {
        public override Task<Unit> Send(object request, IServiceProvider services, CancellationToken cancellationToken) =>
            Pass<TRequest, Unit>.Begin((TRequest)request, services, Handle, cancellationToken);

        private static async Task<Unit> Handle(TRequest request, IServiceProvider services, CancellationToken cancellationToken)
        {
            await services.GetRequiredService<IRequestHandler<TRequest>>().Handle(request, cancellationToken);
            return Unit.Value;
        }
    }

    /// <summary>One request on its way; the same delegate is every behaviour's next step.</summary>
    private sealed class Pass<TRequest, TResponse>
        where TRequest : notnull
    {
        private readonly TRequest _request;
        private readonly IServiceProvider _services;
        private readonly IPipelineBehavior<TRequest, TResponse>[] _behaviours;
        private readonly Func<TRequest, IServiceProvider, CancellationToken, Task<TResponse>> _handle;
        private readonly RequestHandlerDelegate<TResponse> _next;
        private int _step;

        private Pass(
            TRequest request,
            IServiceProvider services,
            IPipelineBehavior<TRequest, TResponse>[] behaviours,
            Func<TRequest, IServiceProvider, CancellationToken, Task<TResponse>> handle)
        {
            (_request, _services, _behaviours, _handle) = (request, services, behaviours, handle);
            _next = Next;
        }

        public static Task<TResponse> Begin(
            TRequest request,
            IServiceProvider services,
            Func<TRequest, IServiceProvider, CancellationToken, Task<TResponse>> handle,
            CancellationToken cancellationToken)
        {
            var found = services.GetRequiredService<IEnumerable<IPipelineBehavior<TRequest, TResponse>>>();
            var behaviours = found as IPipelineBehavior<TRequest, TResponse>[] ?? [.. found];
            return behaviours.Length == 0
                ? handle(request, services, cancellationToken)
                : new Pass<TRequest, TResponse>(request, services, behaviours, handle).Next(cancellationToken);
        }

        private Task<TResponse> Next(CancellationToken cancellationToken)
        {
            var step = _step++;
            return step < _behaviours.Length ? _behaviours[step].Handle(_request, _next, cancellationToken)
                : step == _behaviours.Length ? _handle(_request, _services, cancellationToken)
                : throw new InvalidOperationException("A behaviour goes on once.");
        }
    }
}
