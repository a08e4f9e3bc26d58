using System.Diagnostics;
using FluentValidation;
using Hoop.Shared.Audit;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Results;
using MediatR;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Pipeline;

/// <summary>One span and, for an expected failure, one line at Information. Never the content of a request.</summary>
internal sealed class TraceBehaviour<TRequest, TResponse>(ILogger<TraceBehaviour<TRequest, TResponse>> logger) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    private static readonly string Name = RequestName.Of(typeof(TRequest));

    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity(Name);
        var response = await next(cancellationToken);
        if (response.Error is { } error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Code);
            logger.LogInformation("{UseCase} refused: {Code}", Name, error.Code);
        }

        return response;
    }
}

/// <summary>Denies every use case that has no caller. The role is the route's business; this closes the doors beside the routes.</summary>
internal sealed class CallerBehaviour<TRequest, TResponse>(ICaller caller) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    public Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken) =>
        caller.Current is not null || request is IAnonymous ? next(cancellationToken) : Task.FromResult(TResponse.Fail(Error.Unauthenticated));
}

/// <summary>Runs the validators of the request, in order of declaration; the first message becomes the error's.</summary>
internal sealed class ValidationBehaviour<TRequest, TResponse>(IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    public Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        foreach (var validator in validators)
        {
            var outcome = validator.Validate(request);
            if (!outcome.IsValid)
            {
                return Task.FromResult(TResponse.Fail(ValidationErrors.From(outcome.Errors)));
            }
        }

        return next(cancellationToken);
    }
}

/// <summary>
/// One transaction a command: the handler's writes, those of requests it sends to other modules, and the audit row commit
/// together or not at all. A command inside a command joins; when it fails, its own writes are undone.
/// </summary>
internal sealed class TransactionBehaviour<TRequest, TResponse>(Db db, ICaller caller, ISender sender) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand
    where TResponse : IOutcome<TResponse>
{
    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        var response = await next(cancellationToken);
        if (response.Error is null)
        {
            await sender.Send(new RecordAudit(caller.OrgId, caller.Current, request.AuditBoxed(response.Boxed!)), cancellationToken);
            await transaction.Commit(cancellationToken);
        }

        return response;
    }
}

/// <summary>The gateway's own spans.</summary>
public static class Telemetry
{
    public static readonly ActivitySource Source = new("Hoop");
}

internal static class RequestName
{
    /// <summary>A slice nests its request, so the useful name is the outer one: <c>CreateMapping</c>, not <c>Request</c>.</summary>
    public static string Of(Type request) => request.DeclaringType?.Name ?? request.Name;
}
