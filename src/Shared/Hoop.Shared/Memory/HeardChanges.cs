using System.Collections.Concurrent;

namespace Hoop.Shared.Memory;

/// <summary>Does what an announcement of another gateway asks for: forgets at once, and lets the subscribers follow.</summary>
internal sealed class HeardChanges(CoherentMemory memory)
{
    private readonly ConcurrentDictionary<(Guid From, long Number), Task> _parts = new();

    /// <summary>Null for a part that others follow; else what the confirmation has to wait for.</summary>
    public Task? Follow(Announcement heard)
    {
        var followed = Task.WhenAll(heard.Changes.Select(
            change => change.Topic is { } topic ? memory.Changed(topic, change.Key) : memory.Forget()));
        var part = (heard.From, heard.Number);
        if (!heard.Last)
        {
            _parts.AddOrUpdate(part, followed, (_, before) => Task.WhenAll(before, followed));
            return null;
        }

        return _parts.TryRemove(part, out var earlier) ? Task.WhenAll(earlier, followed) : followed;
    }
}
