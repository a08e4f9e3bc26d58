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

/// <summary>What the pipeline needs of every <see cref="ICommand{TValue}"/>; implement that one.</summary>
public interface ICommand : IUseCase
{
    AuditEntry AuditBoxed(object value);
}

/// <summary>A use case that is allowed before anybody is signed in. <see cref="Reason"/> is for the reader.</summary>
public interface IAnonymous
{
    static abstract string Reason { get; }
}
