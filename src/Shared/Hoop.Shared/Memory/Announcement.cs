using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Hoop.Shared.Memory;

/// <summary>One thing that changed; a null key means any of the topic, a null topic everything.</summary>
public readonly record struct Change(string? Topic, string? Key);

/// <summary>
/// What gateways tell each other over NOTIFY. PostgreSQL refuses payloads of 8,000 bytes and more, so many changes become several
/// messages, and very many become "all of the topic". Everybody with a connection to the database can listen: no secret is in them.
/// </summary>
/// <param name="Kind">What it is.</param>
/// <param name="From">The process that sent it, where confirmations go.</param>
/// <param name="Number">Counts the announcements of that process; the parts of one bear the same.</param>
/// <param name="Life">The life of the gateway that joins or confirms.</param>
/// <param name="Of">The life that the sender knows of now, in the answer to a join.</param>
/// <param name="Last">False for a part that others of the same number follow; the last one is confirmed.</param>
internal sealed record Announcement(char Kind, Guid From, long Number, Guid Life, Guid Of, bool Last, IReadOnlyList<Change> Changes)
{
    public const char Changed = 'c';
    public const char Confirmed = 'k';
    public const char Joining = 'j';
    public const char Aware = 'a';

    /// <summary>In bytes; PostgreSQL manual, NOTIFY.</summary>
    public const int LongestPayload = 7_900;

    private const int MostParts = 16;
    private const int LongestKey = 1_000;

    /// <summary>The channel on which every gateway listens.</summary>
    public const string Channel = "hoop_memory";

    /// <summary>The channel on which one process listens for what is meant for it.</summary>
    public static string ChannelOf(Guid process) => $"hoop_memory_{process:N}";

    /// <summary>As payloads that each fit.</summary>
    public static IReadOnlyList<string> Payloads(Guid from, long number, IReadOnlyCollection<Change> changes)
    {
        var parts = Split(changes);
        if (parts.Count > MostParts)
        {
            parts = Split([.. changes.Select(change => change.Topic).Distinct().Select(topic => new Change(topic, null))]);
        }

        return parts.Count > MostParts
            ? [new Announcement(Changed, from, number, default, default, Last: true, [new Change(null, null)]).Text()]
            : [.. parts.Select((part, index) => new Announcement(Changed, from, number, default, default, index == parts.Count - 1,
                part).Text())];
    }

    public string Text()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("k", Kind.ToString());
            json.WriteString("f", From);
            json.WriteNumber("n", Number);
            json.WriteString("l", Life);
            json.WriteString("o", Of);
            json.WriteBoolean("e", Last);
            json.WriteStartArray("c");
            foreach (var (topic, key) in Changes)
            {
                json.WriteStringValue(topic);
                json.WriteStringValue(key);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Null for what no gateway writes.</summary>
    public static Announcement? Parse(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var root = json.RootElement;
            var changes = new List<Change>();
            var members = root.GetProperty("c");
            for (var index = 0; index + 1 < members.GetArrayLength(); index += 2)
            {
                changes.Add(new Change(members[index].GetString(), members[index + 1].GetString()));
            }

            return new Announcement(
                root.GetProperty("k").GetString()![0],
                root.GetProperty("f").GetGuid(),
                root.GetProperty("n").GetInt64(),
                root.GetProperty("l").GetGuid(),
                root.GetProperty("o").GetGuid(),
                root.GetProperty("e").GetBoolean(),
                changes);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
                or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static List<List<Change>> Split(IReadOnlyCollection<Change> changes)
    {
        List<List<Change>> parts = [[]];
        var (frame, used) = (256, 256);
        foreach (var given in changes)
        {
            var change = given.Key?.Length > LongestKey ? new Change(given.Topic, null) : given;
            var size = SizeOf(change.Topic) + SizeOf(change.Key);
            if (used + size > LongestPayload)
            {
                parts.Add([]);
                used = frame;
            }

            parts[^1].Add(change);
            used += size;
        }

        return parts;
    }

    // As JSON text: what is not ASCII may take six bytes for each character.
    private static int SizeOf(string? text) => 8 + (text is null ? 4 : JsonEncodedText.Encode(text).EncodedUtf8Bytes.Length);
}
