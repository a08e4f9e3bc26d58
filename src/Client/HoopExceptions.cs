using System.Net;
using System.Text.Json;
using Hoop.Client.Wire;

namespace Hoop.Client;

/// <summary>A call came to nothing; the message says why.</summary>
public class HoopException : Exception
{
    public HoopException(string message)
        : base(message)
    {
    }

    public HoopException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public HoopException()
    {
    }
}

/// <summary>No answer came, so it is not known what the gateway did. The inner exception is the framework's.</summary>
public sealed class HoopUnreachableException : HoopException
{
    public HoopUnreachableException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public HoopUnreachableException(string message)
        : base(message)
    {
    }

    public HoopUnreachableException()
    {
    }

    /// <summary>The wait was over; else the gateway could not be spoken to at all.</summary>
    public bool TimedOut => InnerException is OperationCanceledException;
}

/// <summary>The gateway did what was asked, and this client cannot read what it says of it.</summary>
public sealed class HoopUnreadableException : HoopException
{
    private HoopUnreadableException(string message, HoopAnswer answer, Exception? inner)
        : base(message, inner!) => Answer = answer;

    public HoopUnreadableException(string message)
        : base(message)
    {
    }

    public HoopUnreadableException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public HoopUnreadableException()
    {
    }

    /// <summary>As it came.</summary>
    public HoopAnswer? Answer { get; }

    internal static HoopUnreadableException Of(HoopAnswer answer, string message, Exception? inner = null) => new(message, answer, inner);
}

/// <summary>The gateway refused. <see cref="Code"/> is stable and made for programs; the message is for people.</summary>
public sealed class HoopRefusedException : HoopException
{
    private HoopRefusedException(string message, HoopAnswer answer, ErrorBody? body)
        : base(message) => (Answer, Body) = (answer, body);

    public HoopRefusedException(string message)
        : base(message)
    {
    }

    public HoopRefusedException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public HoopRefusedException()
    {
    }

    /// <summary>As it came.</summary>
    public HoopAnswer? Answer { get; }

    /// <summary>What it says; null when it is no answer of a gateway, or one of <c>/v1</c>.</summary>
    public ErrorBody? Body { get; }

    public HttpStatusCode Status => Answer?.Status ?? default(HttpStatusCode);

    /// <summary>Such as <c>already_exists</c>; empty when the answer has none.</summary>
    public string Code => Body?.Code ?? "";

    /// <summary>The member of the body that is wrong, when it is one; each one's problem stands in <see cref="Body"/>.</summary>
    public string? Field => Body?.Fields?.Keys.Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>When to come again: seconds or a date.</summary>
    public string? RetryAfter => Answer?.RetryAfter;

    internal static HoopRefusedException Of(HoopAnswer answer)
    {
        var body = Read(answer.Text);
        var status = (int)answer.Status;
        return new HoopRefusedException(
            body is { Message: { Length: > 0 } told } ? $"{told} ({status})"
            : VaultErrors(answer.Text) is { Length: > 0 } errors ? $"{errors} ({status})"
            : $"{answer.Method} {answer.Address} was answered with {status}",
            answer,
            body);
    }

    private static ErrorBody? Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, HoopJson.Default.ErrorBody) is { Message: not null } body ? body : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? VaultErrors(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, HoopJson.Default.VaultErrorBody)?.Errors is { } errors
                ? string.Join("; ", errors)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
