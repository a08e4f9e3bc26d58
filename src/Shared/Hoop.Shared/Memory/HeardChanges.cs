namespace Hoop.Shared.Memory;

/// <summary>Does what an announcement of another gateway asks for: forgets at once, and lets the subscribers follow.</summary>
internal sealed class HeardChanges(CoherentMemory memory)
{
    // Only the reader of the session comes here.
    private readonly Dictionary<(Guid From, long Number), Task> _parts = [];

    /// <summary>False for a part that others follow.</summary>
    /// <param name="followed">What the confirmation has to wait for.</param>
    public bool Follow(Announcement heard, out Task followed)
    {
        followed = Task.WhenAll(heard.Changes.Select(
            change => change.Topic is { } topic ? memory.Changed(topic, change.Key) : memory.Forget()));
        var part = (heard.From, heard.Number);
        if (!heard.Last)
        {
            _parts[part] = _parts.TryGetValue(part, out var before) ? Task.WhenAll(before, followed) : followed;
            return false;
        }

        if (_parts.Remove(part, out var earlier))
        {
            followed = Task.WhenAll(earlier, followed);
        }

        return true;
    }
}
