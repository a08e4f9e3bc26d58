namespace Hoop.Client.Wire;

/// <summary>One call, as it goes over the wire.</summary>
/// <param name="Method">Of HTTP.</param>
/// <param name="Path">From <c>/api</c> or <c>/v1</c> on, with its query; parts that come from elsewhere are escaped.</param>
public sealed record HoopCall(HttpMethod Method, string Path)
{
    /// <summary>The body; it is disposed of with the call.</summary>
    public HttpContent? Content { get; init; }

    /// <summary>The revision that the caller has seen; null for any.</summary>
    public string? IfMatch { get; init; }

    /// <summary>True for what is open to everybody: no token is sent, and none is asked for.</summary>
    public bool IsOpen { get; init; }

    /// <summary>A token for this call alone, in place of the client's.</summary>
    public string? Token { get; init; }

    /// <summary>Neither token nor body is printed.</summary>
    public override string ToString() => $"{Method} {Path}";
}

/// <summary>What is told of a call when its answer is there.</summary>
/// <param name="Method">Of HTTP.</param>
/// <param name="Address">Whole.</param>
/// <param name="Status">Of the answer.</param>
/// <param name="Length">Of the answer's text, in characters.</param>
/// <param name="Took">From sending to the last byte.</param>
public sealed record HoopExchange(HttpMethod Method, Uri Address, int Status, int Length, TimeSpan Took);
