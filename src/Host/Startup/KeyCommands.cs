using Hoop.Shared.Sealing;

namespace Hoop.Host.Startup;

/// <summary><c>hoop-gateway keys rotate|check</c>. Exit code 0 only when everything that is sealed opens.</summary>
internal static class KeyCommands
{
    public static async Task<int> Rotate(KeyRotation rotation, CancellationToken stopping)
    {
        var outcome = await rotation.Rotate(stopping);
        Console.WriteLine($"{outcome.Moved} stored credentials were sealed again; the key is {outcome.Key}");
        if (!outcome.Complete)
        {
            await Console.Error.WriteLineAsync(
                "hoop-gateway: something was still being sealed by another key; run it again when no gateway of an earlier version runs");
        }

        return await Name(outcome.Unreadable) && outcome.Complete ? 0 : 1;
    }

    public static async Task<int> Check(KeyRotation rotation, CancellationToken stopping)
    {
        var (readable, unreadable) = await rotation.Check(stopping);
        Console.WriteLine($"{readable} stored credentials open, {unreadable.Count} do not");
        return await Name(unreadable) ? 0 : 1;
    }

    private static async Task<bool> Name(IReadOnlyList<UnreadableValue> unreadable)
    {
        foreach (var value in unreadable)
        {
            await Console.Error.WriteLineAsync($"hoop-gateway: does not open: {value}");
        }

        return unreadable.Count == 0;
    }
}
