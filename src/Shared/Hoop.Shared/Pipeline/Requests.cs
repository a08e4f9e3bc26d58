using Hoop.Shared.Audit;
using Hoop.Shared.Results;
using MediatR;

namespace Hoop.Shared.Pipeline;

/// <summary>A use case of a module, sent by its endpoint. It needs a caller; <see cref="IAnonymous"/> says where it does not.</summary>
public interface IUseCase;

/// <summary>A use case that changes nothing. Runs without a transaction.</summary>
public interface IQuery<TValue> : IUseCase, IRequest<Result<TValue>>;

/// <summary>A use case that changes something. Runs in one transaction together with its audit row.</summary>
public interface ICommand<TValue> : ICommand, IRequest<Result<TValue>>
{
    /// <summary>The audit row of a change that worked.</summary>
    AuditEntry Audit(TValue value);

    AuditEntry ICommand.AuditBoxed(object value) => Audit((TValue)value);
}

/// <summary>As <see cref="ICommand{TValue}"/>, for one that changes many things of a kind and has a row for each.</summary>
public interface IBulkCommand<TValue> : IBulkCommand, IRequest<Result<TValue>>
{
    /// <summary>The audit rows of a change that worked; none when nothing changed.</summary>
    IReadOnlyList<AuditEntry> Audit(TValue value);

    IReadOnlyList<AuditEntry> IBulkCommand.AuditsBoxed(object value) => Audit((TValue)value);
}

/// <summary>A use case after which something may be different for others, so that it may announce (<c>Db.Announce</c>).</summary>
public interface IChange : IUseCase;

/// <summary>What the pipeline needs of every <see cref="ICommand{TValue}"/>; implement that one.</summary>
public interface ICommand : IChange
{
    AuditEntry AuditBoxed(object value);
}

/// <summary>What the pipeline needs of every <see cref="IBulkCommand{TValue}"/>; implement that one.</summary>
public interface IBulkCommand : ICommand
{
    IReadOnlyList<AuditEntry> AuditsBoxed(object value);

    AuditEntry ICommand.AuditBoxed(object value) => throw new NotSupportedException("It has many rows.");
}

/// <summary>
/// A use case with an effect outside the database: work on an agent, minting, fetching, showing a secret. No transaction runs around
/// it. The pipeline commits <see cref="IAction.Intent"/> before the handler, and refuses the work when that row cannot be written; a
/// second row with the outcome follows whatever happens, also when the caller hangs up. Both rows carry one correlation id. Do not send
/// it inside a command.
/// </summary>
public interface IAction<TValue> : IAction, IRequest<Result<TValue>>
{
    /// <summary>The row after an action that gave a value; <see cref="AuditEntry.Failure"/> when the value tells of a failure.</summary>
    AuditEntry Audit(TValue value);

    AuditEntry IAction.AuditBoxed(object value) => Audit((TValue)value);
}

/// <summary>What the pipeline needs of every <see cref="IAction{TValue}"/>; implement that one.</summary>
public interface IAction : IChange
{
    /// <summary>
    /// What is about to be done, told by the validated request alone. Also the row after it, when there is no value to tell from.
    /// </summary>
    AuditEntry Intent { get; }

    /// <summary>The organization whose trail gets the rows; null for the caller's own.</summary>
    Guid? TrailOf => null;

    AuditEntry AuditBoxed(object value);
}

/// <summary>
/// Marks what reaches outside of the database. An architecture test follows the calls: whatever leads here is an
/// <see cref="IAction{TValue}"/>.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class EffectAttribute(string what) : Attribute
{
    public string What { get; } = what;
}

/// <summary>A use case that is allowed before anybody is signed in. <see cref="Reason"/> is for the reader.</summary>
public interface IAnonymous
{
    static abstract string Reason { get; }
}
