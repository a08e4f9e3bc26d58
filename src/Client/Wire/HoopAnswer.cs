using System.Net;

namespace Hoop.Client.Wire;

/// <summary>What the gateway answered, as it came.</summary>
/// <param name="Method">Of the call.</param>
/// <param name="Address">Whole.</param>
/// <param name="Status">Of HTTP.</param>
/// <param name="Text">The body, byte for byte as UTF-8; empty for 204.</param>
/// <param name="NextCursor">Set when a list goes on.</param>
/// <param name="RetryAfter">When to come again, as the gateway or what stands before it says: seconds or a date.</param>
/// <param name="Location">Where a redirect leads; it is never followed.</param>
public sealed record HoopAnswer(
    HttpMethod Method,
    Uri Address,
    HttpStatusCode Status,
    string Text,
    string? NextCursor = null,
    string? RetryAfter = null,
    Uri? Location = null)
{
    public bool IsGood => Status is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.Accepted or HttpStatusCode.NoContent;

    /// <summary>Nothing to show (204).</summary>
    public bool IsEmpty => Text.Length == 0;

    /// <summary>This answer, when it is a good one.</summary>
    /// <exception cref="HoopRefusedException">It is not.</exception>
    public HoopAnswer OrThrow() => IsGood ? this : throw HoopRefusedException.Of(this);

    /// <summary>The body may hold a secret that is shown once, so it is not printed.</summary>
    public override string ToString() => $"{Method} {Address} -> {(int)Status}";
}

/// <summary>An answer and what it says.</summary>
/// <typeparam name="T">Of the resource.</typeparam>
/// <param name="Value">What it says.</param>
/// <param name="Raw">As it came.</param>
public sealed record HoopAnswer<T>(T Value, HoopAnswer Raw)
{
    /// <summary>The resource alone, which is what most callers want: <c>Agent agent = await client.Agents.Get("web");</c></summary>
    public static implicit operator T(HoopAnswer<T> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Value;
    }

    /// <summary>The same as the conversion, for languages and places without it.</summary>
    public T ToT() => Value;

    public override string ToString() => Raw.ToString();
}
