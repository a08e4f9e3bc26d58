using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Import;

/// <param name="Path">With a slash at its end.</param>
/// <param name="Accessor">Empty for a mount that a dry run did not make.</param>
internal sealed record AuthMount(string Path, string Type, string Accessor, string Description)
{
    public static IEnumerable<AuthMount> Table(JsonElement? data) => data is not { ValueKind: JsonValueKind.Object } table
        ? []
        : table.EnumerateObject().Where(mount => mount.Value.Text("accessor") is not null).Select(mount => new AuthMount(
            mount.Name,
            mount.Value.Text("type") ?? "",
            mount.Value.Text("accessor")!,
            mount.Value.Text("description") ?? ""));
}

/// <summary>
/// Which mount of the gateway stands for one of the Vault: the one that was named, else that of the same path and type, which is made when
/// there is none. Accessors differ between the two, and everything goes by them.
/// </summary>
internal sealed class MountMap(StoreWriter gateway, ImportReport report, bool dryRun) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<string, (AuthMount? Mount, string? Problem)> _known = new(StringComparer.Ordinal);
    private Dictionary<string, AuthMount> _theirs = [];
    private Dictionary<string, AuthMount> _ours = [];
    private Dictionary<string, string> _named = [];

    /// <summary>What is known of accessors so far: by the Vault's, the gateway's; empty for a mount that a dry run did not make.</summary>
    public IEnumerable<KeyValuePair<string, string>> Accessors =>
        _known.Where(pair => pair.Value.Mount is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Mount!.Accessor));

    /// <param name="theirs">The Vault's table.</param>
    /// <param name="named">By path or accessor in the Vault, the path in the gateway.</param>
    /// <exception cref="CliFailure">A mount that was named is not there.</exception>
    public async Task Load(IEnumerable<AuthMount> theirs, IReadOnlyDictionary<string, string> named, CancellationToken stop)
    {
        _theirs = theirs.ToDictionary(mount => mount.Accessor, StringComparer.Ordinal);
        _ours = AuthMount.Table(await gateway.Read("sys/auth", stop)).ToDictionary(mount => mount.Path, StringComparer.Ordinal);
        _named = named.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        foreach (var (old, path) in named.Where(pair => !_ours.ContainsKey(pair.Value)))
        {
            throw new CliFailure($"--map-mount {old}={path}: the gateway has no mount {path}; there are {string.Join(", ", _ours.Keys)}");
        }
    }

    /// <param name="accessor">In the Vault.</param>
    /// <param name="alias">Names its mount too, for a token that may not read the table.</param>
    public async Task<(AuthMount? Mount, string? Problem)> Of(string accessor, JsonElement alias, CancellationToken stop)
    {
        await _one.WaitAsync(stop);
        try
        {
            if (!_known.TryGetValue(accessor, out var known))
            {
                _known[accessor] = known = await Find(accessor, alias, stop);
            }

            return known;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<(AuthMount? Mount, string? Problem)> Find(string accessor, JsonElement alias, CancellationToken stop)
    {
        var there = _theirs.GetValueOrDefault(accessor) ?? OfAlias(accessor, alias);
        if (there is null && !_named.ContainsKey(accessor))
        {
            return (null, $"its mount {accessor} is gone in the Vault");
        }

        if (_named.GetValueOrDefault(accessor) is { } named || _named.TryGetValue(there!.Path, out named))
        {
            report.Count("mount", Became.Unchanged);
            return (_ours[named], null);
        }

        if (_ours.GetValueOrDefault(there!.Path) is { } same)
        {
            if (same.Type == there.Type)
            {
                report.Count("mount", Became.Unchanged);
                return (same, null);
            }

            return Refuse(there, $"it is of type {there.Type}, and here of type {same.Type}: name the right one with --map-mount {there.Path}=PATH");
        }

        return await Make(there, stop);
    }

    private async Task<(AuthMount? Mount, string? Problem)> Make(AuthMount there, CancellationToken stop)
    {
        if (!dryRun)
        {
            var path = "sys/auth/" + Paths.Escape(there.Path.TrimEnd('/'));
            var made = await gateway.Write(path, new JsonObject { ["type"] = there.Type, ["description"] = there.Description }, stop);
            if (made.Problem is { } problem)
            {
                return Refuse(there, $"{problem}; name another one with --map-mount {there.Path}=PATH");
            }

            there = there with { Accessor = (await gateway.Read(path, stop))?.Text("accessor") ?? "" };
        }

        report.Count("mount", Became.Created);
        return (dryRun ? there with { Accessor = "" } : there, null);
    }

    private (AuthMount? Mount, string? Problem) Refuse(AuthMount there, string why)
    {
        report.Refuse("mount", there.Path, why);
        return (null, $"its mount {there.Path} was refused");
    }

    private static AuthMount? OfAlias(string accessor, JsonElement alias) =>
        alias.Text("mount_path") is { Length: > 5 } path && alias.Text("mount_type") is { Length: > 0 } type
            ? new AuthMount(path.StartsWith("auth/", StringComparison.Ordinal) ? path[5..] : path, type, accessor, "")
            : null;
}

/// <summary>Names as parts of an address.</summary>
internal static class Paths
{
    /// <summary>Slashes stay: they part a path.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
