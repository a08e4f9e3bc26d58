using System.Diagnostics.CodeAnalysis;

namespace Hoop.Shared.Results;

/// <summary>Lets a pipeline behaviour, which knows only the response type, look at an outcome and make a failed one.</summary>
public interface IOutcome<out TSelf>
    where TSelf : IOutcome<TSelf>
{
    Error? Error { get; }

    /// <summary>The value boxed, or null when this is a failure.</summary>
    object? Boxed { get; }

    static abstract TSelf Fail(Error error);
}

/// <summary>A value, or the <see cref="Error"/> that explains why there is none.</summary>
public readonly record struct Result<T> : IOutcome<Result<T>>
{
    private readonly T? _value;
    private readonly Error? _error;
    private readonly bool _succeeded;

    private Result(T value)
    {
        _value = value;
        _succeeded = true;
    }

    private Result(Error error) => _error = error;

    /// <summary>Null when this holds a value. A default <see cref="Result{T}"/> is a failure: it never passes for success.</summary>
    public Error? Error => _succeeded ? null : _error ?? throw new InvalidOperationException("An uninitialised result was read.");

    public T Value => _succeeded ? _value! : throw new InvalidOperationException($"The value of a failed result was read: {_error?.Code}.");

    object? IOutcome<Result<T>>.Boxed => _succeeded ? _value : null;

    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Error? error)
    {
        value = _value;
        error = Error;
        return _succeeded;
    }

    /// <summary>What <paramref name="selector"/> makes of the value; the same error when there is none.</summary>
    public Result<TOther> Select<TOther>(Func<T, TOther> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Succeeded(out var value, out var error) ? selector(value) : error;
    }

    static Result<T> IOutcome<Result<T>>.Fail(Error error) => new(error);

    internal static Result<T> From(T value) => new(value);

    public static implicit operator Result<T>(T value) => new(value);

    public static implicit operator Result<T>(Error error) => new(error);
}

public static class Result
{
    /// <summary>For values of an interface type, which have no implicit conversion.</summary>
    public static Result<T> Of<T>(T value) => Result<T>.From(value);

    /// <summary>Where the compiler cannot tell of what type the missing value is.</summary>
    public static Result<T> Fail<T>(Error error) => error;
}
