using System.Diagnostics;
using FluentValidation;
using Hoop.Shared.Audit;
using Hoop.Shared.Callers;
using Hoop.Shared.Data;
using Hoop.Shared.Results;
using MediatR;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Pipeline;

/// <summary>One span and, for an expected failure, one line at Information. Never the content of a request.</summary>
internal sealed class TraceBehaviour<TRequest, TResponse>(
    ILogger<TraceBehaviour<TRequest, TResponse>> logger) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    private static readonly string Name = RequestName.Of(typeof(TRequest));

    public Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        // The audit row of a change names a trace, also where nobody collects them.
        if (Telemetry.Source.HasListeners() || (request is IChange && Activity.Current is null))
        {
            return Follow(request, next, cancellationToken);
        }

        var sent = next(cancellationToken);
        return sent.IsCompletedSuccessfully && sent.Result.Error is null ? sent : Follow(sent);
    }

    // Begun in an async method, or the span would still be the sender's when it has ended, and the parent of all that it sends later.
    private async Task<TResponse> Follow(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        using var activity = Telemetry.Source.StartActivity(Name) ?? (request is IChange ? Telemetry.Ensure(Name) : null);
        var response = await Follow(next(cancellationToken));
        if (response.Error is { } error)
        {
            activity?.SetStatus(ActivityStatusCode.Error, error.Code);
        }

        return response;
    }

    private async Task<TResponse> Follow(Task<TResponse> sent)
    {
        var response = await sent;
        if (response.Error is { } error)
        {
            logger.LogInformation("{UseCase} refused: {Code}", Name, error.Code);
        }

        return response;
    }
}

/// <summary>Gives the statements of a sign-in their short limit, whichever module answers it.</summary>
internal sealed class SignInBehaviour<TRequest, TResponse>(Db db) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ISignIn
{
    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        using var patience = db.EachWithin(ISignIn.StatementSeconds);
        return await next(cancellationToken);
    }
}

/// <summary>Denies every use case that has no caller. The role is the route's business; this closes the doors beside the routes.</summary>
internal sealed class CallerBehaviour<TRequest, TResponse>(ICaller caller) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    public Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken) =>
        caller.Current is not null || request is IAnonymous
            ? next(cancellationToken)
            : Task.FromResult(TResponse.Fail(Error.Unauthenticated));
}

/// <summary>Runs the validators of the request, in order of declaration; the first message becomes the error's.</summary>
internal sealed class ValidationBehaviour<TRequest, TResponse>(
    IEnumerable<IValidator<TRequest>> validators) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IUseCase
    where TResponse : IOutcome<TResponse>
{
    private readonly IValidator<TRequest>[] _validators = [.. validators];

    public Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        foreach (var validator in _validators)
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
/// together or not at all. A command inside a command joins; when it fails, its own writes are undone. The audit row travels with the
/// commit, or with the handler's own last statement (<see cref="OrgDb.Insert{T}"/>, <see cref="OrgDb.Change{T}"/>). A command that
/// wrote nothing has no row: the trail tells what changed. What a command did is undone as well when its organization was deleted
/// meanwhile, with everything that vouched for the caller.
/// </summary>
internal sealed class TransactionBehaviour<TRequest, TResponse>(
    Db db, ICaller caller, ISender sender) : IPipelineBehavior<TRequest, TResponse>
    where TRequest : ICommand
    where TResponse : IOutcome<TResponse>
{
    private static readonly Error Unknown = Error.Unavailable(
        "the database was lost while the change was being stored, and it may be stored or not: look before you repeat the call", "unknown");

    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(Record, cancellationToken);
        try
        {
            var response = await next(cancellationToken);
            if (transaction.IsComplete && response.Error is not null)
            {
                throw new InvalidOperationException($"{RequestName.Of(typeof(TRequest))} refused after its last statement committed.");
            }

            if (!transaction.IsComplete && response.Error is null)
            {
                if (transaction.HasWritten)
                {
                    await Record(response.Boxed!, isForetold: false, cancellationToken);
                }

                await transaction.Commit(cancellationToken);
            }

            return response;
        }
        catch (PostgresException exception) when (DatabaseErrors.IsOrganizationGone(exception))
        {
            return TResponse.Fail(Error.Unauthenticated);
        }
        catch (Exception exception) when (transaction.MayHaveCommitted(exception))
        {
            return TResponse.Fail(Unknown);
        }

        Task Record(object value, bool isForetold, CancellationToken token) => request is IBulkCommand bulk
            ? isForetold
                ? throw new InvalidOperationException($"{RequestName.Of(typeof(TRequest))} has many changes, and foretells none of them.")
                : sender.Send(new RecordChanges(caller.OrgId, caller.Current, bulk.AuditsBoxed(value)), token)
            : sender.Send(
                new RecordChange(caller.OrgId, caller.Current, request.AuditBoxed(value)) { IsForetold = isForetold }, token);
    }
}

/// <summary>
/// Accountability before effect: a row «begun» commits before the handler, a row with the outcome after it. Neither listens to the caller's
/// cancellation, because a caller who hangs up must not be able to erase what was done for it. A «begun» without an outcome tells of a
/// gateway that ended in between.
/// </summary>
internal sealed class ActionBehaviour<TRequest, TResponse>(
    Db db, ICaller caller, ISender sender, ILogger<ActionBehaviour<TRequest, TResponse>> logger)
    : IPipelineBehavior<TRequest, TResponse>
    where TRequest : IAction
    where TResponse : IOutcome<TResponse>
{
    private static readonly string Name = RequestName.Of(typeof(TRequest));

    public async Task<TResponse> Handle(TRequest request, RequestHandlerDelegate<TResponse> next, CancellationToken cancellationToken)
    {
        if (db.InTransaction)
        {
            throw new InvalidOperationException($"{Name} is an action: its rows must commit on their own, so no command may send it.");
        }

        var (correlation, intent) = (RowId.Next(), request.Intent);
        await Record(intent with { Outcome = AuditOutcome.Begun });
        TResponse response;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            response = await next(cancellationToken);
        }
        catch (Exception exception)
        {
            var cancelled = exception is OperationCanceledException && cancellationToken.IsCancellationRequested;
            var failure = cancelled ? "cancelled" : DatabaseErrors.IsUnavailable(exception) ? "database_unavailable" : "internal";
            await RecordOutcome(intent with { Failure = failure }, failed: true);
            throw;
        }

        await RecordOutcome(
            response.Error is { } error ? intent with { Failure = error.Code } : request.AuditBoxed(response.Boxed!), failed: false);
        return response;

        Task Record(AuditEntry entry) => sender.Send(
            new RecordAudit(request.TrailOf ?? caller.OrgId, caller.Current, entry with { CorrelationId = correlation }),
                CancellationToken.None);

        // Nothing of the work is handed out when its outcome cannot be recorded; an exception that ended the work is the one to report.
        async Task RecordOutcome(AuditEntry entry, bool failed)
        {
            try
            {
                await Record(entry);
            }
            catch (Exception exception)
            {
                logger.LogError(
                    exception,
                    "{UseCase} {Correlation} ended ({Outcome}), and the audit trail could not be told",
                    Name,
                    correlation,
                    entry.Failure ?? "success");
                if (!failed)
                {
                    throw;
                }
            }
        }
    }
}

/// <summary>The gateway's own spans.</summary>
public static class Telemetry
{
    public static readonly ActivitySource Source = new("Hoop");

    /// <summary>A trace to name in what is written, where none runs yet; null where one does.</summary>
    public static Activity? Ensure(string name) => Activity.Current is null ? new Activity(name).Start() : null;
}

internal static class RequestName
{
    /// <summary>A slice nests its request, so the useful name is the outer one: <c>CreateMapping</c>, not <c>Request</c>.</summary>
    public static string Of(Type request) => request.DeclaringType?.Name ?? request.Name;
}
