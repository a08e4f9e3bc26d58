using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Hoop.Client.Wire;

/// <summary>Calls whose answers are read.</summary>
internal static class TypedWire
{
    public static Task<HoopAnswer<T>> Get<T>(
        this HoopConnection wire, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken, bool isOpen = false) =>
        wire.Send(HttpMethod.Get, path, content: null, type, cancellationToken, isOpen);

    /// <exception cref="HoopRefusedException">The gateway refused.</exception>
    /// <exception cref="HoopUnreachableException">No answer came.</exception>
    public static async Task<HoopAnswer<T>> Send<T>(
        this HoopConnection wire,
        HttpMethod method,
        string path,
        HttpContent? content,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken,
        bool isOpen = false,
        string? ifMatch = null)
    {
        var call = new HoopCall(method, path) { Content = content, IsOpen = isOpen, IfMatch = ifMatch };
        var answer = (await wire.Send(call, cancellationToken)).OrThrow();
        return new HoopAnswer<T>(Read(answer, type), answer);
    }

    /// <summary>A deletion, which tells what went with it, or nothing.</summary>
    public static async Task<HoopAnswer<T?>> Removed<T>(
        this HoopConnection wire, HttpMethod method, string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var answer = (await wire.Send(new HoopCall(method, path), cancellationToken)).OrThrow();
        return new HoopAnswer<T?>(answer.IsEmpty ? null : Read(answer, type), answer);
    }

    /// <summary>A call that answers nothing.</summary>
    public static async Task<HoopAnswer> Do(
        this HoopConnection wire, HttpMethod method, string path, CancellationToken cancellationToken) =>
        (await wire.Send(new HoopCall(method, path), cancellationToken)).OrThrow();

    private static T Read<T>(HoopAnswer answer, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Text, type)
                ?? throw HoopUnreadableException.Of(answer, $"{answer.Address} answered null where {typeof(T).Name} was expected");
        }
        catch (JsonException exception)
        {
            throw HoopUnreadableException.Of(
                answer, $"{answer.Address} did not answer with the expected JSON: is it a Hoop gateway of this version?", exception);
        }
    }
}
