using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>
/// What travels on a session's WebSocket beside bytes: text messages, one JSON object each. Bytes are binary messages; their first byte
/// says which stream they belong to.
/// </summary>
internal static class SessionMessages
{
    public const byte Input = 0;
    public const byte Output = 1;
    public const byte Error = 2;

    /// <summary>In bytes, beside the first; of text messages too.</summary>
    public const int Largest = 16 * 1024;

    /// <summary>In bytes, one direction: so much may be under way that the other side has not said to have taken.</summary>
    public const int Window = 128 * 1024;

    /// <summary>What a caller may send to the program, besides bytes.</summary>
    public static readonly IReadOnlyList<string> Signals = ["INT", "QUIT", "TERM", "HUP"];

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.General)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        AllowDuplicateProperties = false,
        MaxDepth = 8,
    };
}

/// <param name="Type"><c>open</c>, <c>end_of_input</c>, <c>taken</c>, <c>resize</c>, <c>signal</c>.</param>
/// <param name="Bytes">Of <c>taken</c>: output that has gone on its way.</param>
internal sealed record FromCaller(
    string? Type, string? Verb, string? Connection, string? CorrelationId, SessionTerminal? Terminal, int? Bytes, int? Columns, int? Rows,
    string? Signal);

/// <param name="Name">The value of <c>TERM</c>.</param>
internal sealed record SessionTerminal(string? Name, int? Columns, int? Rows)
{
    private const int Most = 10_000;

    [JsonIgnore]
    public bool IsOne => IsSize(Columns, Rows) && Name is { Length: > 0 and <= 64 }
        && Name.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '+' or '.' or '_');

    [JsonIgnore]
    public AgentTerminal ForAgent => new(Name!, Columns!.Value, Rows!.Value);

    public static bool IsSize(int? columns, int? rows) => columns is > 0 and <= Most && rows is > 0 and <= Most;
}

/// <param name="Type"><c>taken</c>, <c>ended</c>, <c>refused</c>.</param>
/// <param name="Bytes">Of <c>taken</c>: input that has gone on its way; of <c>ended</c>: output that was sent.</param>
internal sealed record ToCaller(
    string Type,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Bytes = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Session? Session = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? SessionId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message = null);

/// <summary>Tells the session's row how much there was.</summary>
internal sealed class CountedStreams(IAgentStreams streams, LiveSession session) : IAgentStreams
{
    public async Task Write(bool isError, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await streams.Write(isError, bytes, cancellationToken);
        session.CountOut(bytes.Length);
    }

    public async Task<ReadOnlyMemory<byte>?> Read(CancellationToken cancellationToken)
    {
        var bytes = await streams.Read(cancellationToken);
        session.CountIn(bytes?.Length ?? 0);
        return bytes;
    }

    public Task<AgentOrder?> Order(CancellationToken cancellationToken) => streams.Order(cancellationToken);
}
